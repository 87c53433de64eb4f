# SPDX-License-Identifier: BSD-3-Clause
"""What stands in for the names of our own backends that one from outside need not have."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from zmq.constants import SocketOption


def configure(**handed_down: Any) -> None:
    """Accept what our native classes need from above; others do without."""


def build_facts() -> dict[str, Any]:
    """Nothing is known of how an outside backend was built.

    Returns
    -------
    dict
    """
    return {}


def tune_allocator(size: int = 1 << 26) -> bool:
    """Change nothing: only a native backend can.

    Returns
    -------
    bool
        False.
    """
    return False


class OptionAttribute:
    """A socket option as an attribute of a class.

    Parameters
    ----------
    option : SocketOption
    """

    def __init__(self, option: SocketOption) -> None:
        self.option = option
        self.key = option.name

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = name

    def __get__(self, instance: Any, owner: type | None) -> Any:
        if instance is None:
            return self
        found = vars(instance)
        return (
            found[self.key] if self.key in found else instance._get_attr_opt(self.key, self.option)
        )

    def __set__(self, instance: Any, value: Any) -> None:
        found = vars(instance)
        if self.key in found:
            found[self.key] = value
        else:
            instance.set(self.option, value)


def monitored_queue(
    in_socket: Any,
    out_socket: Any,
    mon_socket: Any,
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> NoReturn:
    """Refuse: this loop is native, and the backend has none."""
    raise NotImplementedError("this backend of zmq has no monitored_queue: unset PYZMQ_BACKEND")


def relay(*sockets: Any, in_prefix: Any = None, out_prefix: Any = None) -> NoReturn:
    """Refuse: as `monitored_queue`."""
    raise NotImplementedError("this backend of zmq has no relay: unset PYZMQ_BACKEND")


def z85_encode(rawbytes: Any) -> NoReturn:
    """Refuse: this backend has no Z85."""
    raise NotImplementedError("this backend of zmq has no Z85: unset PYZMQ_BACKEND")


z85_decode = z85_encode
