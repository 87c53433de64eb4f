# SPDX-License-Identifier: BSD-3-Clause
"""Options: reading and writing them by their C type, and the attributes that stand for them."""

from __future__ import annotations

import warnings

from zmq.backend import checking, wording
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.counting import mend_events
from zmq.backend.cffi.errors import EINTR, EINVAL, NULL, raise_errno, raise_without_drafts
from zmq.backend.cffi.frame import DRAFTS, Frame
from zmq.backend.cffi.life import (
    NATIVE_GET,
    NATIVE_SET,
    check_open,
    is_alive_elsewhere,
    raise_failure,
)
from zmq.backend.cffi.numbers import as_int, as_int64, as_number
from zmq.backend.cffi.utils import has, z85_decode
from zmq.constants import (
    AFFINITY,
    CURVE_PUBLICKEY,
    CURVE_SECRETKEY,
    CURVE_SERVERKEY,
    EVENTS,
    FD,
    LINGER,
    RCVMORE,
    RCVTIMEO,
    ROUTING_ID,
    SNDTIMEO,
    TYPE,
    SocketOption,
    SocketType,
)
from zmq.error import DraftFDWarning, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from zmq.backend.cffi.life import SocketState

LONGEST_VALUE = 1024
KEYS = frozenset([CURVE_PUBLICKEY, CURVE_SECRETKEY, CURVE_SERVERKEY])
_kinds = {int(option): option._opt_type.name for option in SocketOption}
_c_types = {"int64": "int64_t *", "bytes": f"char[{LONGEST_VALUE}]"}


def _raise_option(state: SocketState, rc: int, option: int, value: Any, writing: bool) -> NoReturn:
    if is_alive_elsewhere(state, rc):
        raise_failure(state, rc)
    raise_errno(-rc, wording.of_option(-rc, option, state.kind, value, writing, has))


def read_option(state: SocketState, option: Any) -> Any:
    """Return the value of an option."""
    option = as_number(option)
    kind = _kinds.get(option, "int")
    if kind == "fd" and state.draft_poller is not None:
        check_open(state)
        return lib.zmq_core_poller_fd(state.draft_poller)
    value = ffi.new(_c_types.get(kind, "int *"))
    room = LONGEST_VALUE if kind == "bytes" else ffi.sizeof(ffi.typeof(value).item)
    # libzmq tells the text form of a key from the binary one by the room it is given.
    size = ffi.new("size_t *", 41 if option in KEYS else room)
    while True:
        rc = lib.zmq_core_get(state.c, option, value, size)
        if rc == 0:
            break
        if rc == -EINVAL and option == FD:
            return _draft_descriptor(state)
        if rc != -EINTR:
            _raise_option(state, rc, option, None, False)
    if kind == "bytes":
        content: bytes = ffi.buffer(value, size[0])[:]
        # Texts come with their terminating NUL.
        return content[:-1] if option != ROUTING_ID and content.endswith(b"\0") else content
    number = value[0]
    if option == AFFINITY:
        return number & 0xFFFFFFFFFFFFFFFF
    return _mend(state, option, number) if state.counted else number


def _mend(state: SocketState, option: int, value: int) -> int:
    """What an option says of a socket that counts its subscribers."""
    if option == TYPE:
        return state.kind
    if option == EVENTS:
        return mend_events(state, value)
    return int(state.more) if option == RCVMORE else value


def _draft_descriptor(state: SocketState) -> int:
    """The descriptor of a thread-safe draft socket, which has none of its own."""
    name = wording.name_type(state.kind)
    if not DRAFTS:
        raise_without_drafts(f"the FD of a {name} socket")
    poller = lib.zmq_core_poller_of(state.c.handle)
    if poller == NULL:
        raise_errno(lib.zmq_errno())
    state.draft_poller = poller
    warnings.warn(
        f"the FD of a {name} socket is that of a draft poller: read it again after every event",
        DraftFDWarning,
        stacklevel=4,
    )
    return lib.zmq_core_poller_fd(poller)


def write_option(state: SocketState, option: Any, value: Any) -> None:
    """Set an option."""
    option = as_number(option)
    kind = _kinds.get(option, "unknown")
    check_open(state)
    if state.counted:
        checking.check_counted(option, value, state.kind)
    binary = kind == "bytes" or (kind == "unknown" and isinstance(value, bytes))
    if binary:
        data, size = _as_memory(option, value)
    else:
        wide = kind == "int64"
        number = (as_int64 if wide else as_int)(wording.name_option(option), value)
        data = ffi.new("int64_t *" if wide else "int *", number)
        size = ffi.sizeof("int64_t" if wide else "int")
    while True:
        rc = lib.zmq_core_set(state.c, option, data, size)
        if rc == 0:
            break
        if rc == -EINTR:
            continue
        if kind == "unknown" and binary and rc == -EINVAL:
            name = wording.name_type(state.kind)
            raise TypeError(f"a {name} socket knows no option number {option} that takes bytes")
        _raise_option(state, rc, option, value, True)
    if option == LINGER:
        state.linger_chosen = True
    elif option in (RCVTIMEO, SNDTIMEO) and data[0] > 0:
        state.timed = True


def _as_memory(option: int, value: Any) -> tuple[Any, int]:
    content = checking.option_bytes(option, value, Frame)
    if content is None:
        return NULL, 0
    if option in KEYS:
        checking.check_key(option, content, z85_decode)
    return ffi.from_buffer(content), len(content)


class OptionAttribute:
    __slots__ = ("key", "option", "owner")

    def __init__(self, option: int) -> None:
        self.option = option
        self.key: str = ""
        self.owner: type | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.key, self.owner = name, owner

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        found = self._overriding(instance)
        if found is not None:
            return found[self.key]
        try:
            state = instance._state
            native = state.native & NATIVE_GET
            value = read_option(state, self.option) if native else instance.get(self.option)
        except ZMQError as exc:
            if exc.errno != EINVAL:
                raise
            raise AttributeError(f"{self.key}: {exc.strerror}") from exc
        return SocketType(value) if self.option == TYPE else value

    def __set__(self, instance: Any, value: Any) -> None:
        found = self._overriding(instance)
        if found is not None:
            found[self.key] = value
        elif type(instance) is self.owner or instance._state.native & NATIVE_SET:
            write_option(instance._state, self.option, value)
        else:
            instance.set(self.option, value)

    def __delete__(self, instance: Any) -> None:
        raise AttributeError(f"the option {self.key} cannot be deleted")

    def _overriding(self, instance: Any) -> dict[str, Any] | None:
        """What a subclass has put into its __dict__ under this name wins."""
        if type(instance) is self.owner:
            return None
        found = getattr(instance, "__dict__", None)
        return found if found and self.key in found else None
