# SPDX-License-Identifier: BSD-3-Clause
"""Type aliases shared by the annotations of this package.

At run time the aliases are cheap stand-ins, so that importing this module costs nothing: they are
meant for annotations, and the modules here never evaluate theirs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, Union

    from typing_extensions import Buffer, TypeAlias

    #: What can be sent as one message part.
    MessagePart: TypeAlias = "Union[Buffer, _Frame]"
    #: An endpoint such as ``tcp://127.0.0.1:5555``, as text or utf-8.
    Endpoint: TypeAlias = "Union[str, bytes]"
    #: The value of a socket or context option.
    OptionValue: TypeAlias = "Union[int, bytes]"
    #: A file descriptor or an object that has one.
    FileLike: TypeAlias = "Union[int, HasFileno]"

    class HasFileno(Protocol):
        """An object with a file descriptor, as the `select` module takes."""

        def fileno(self) -> int: ...

    class _Frame(Protocol):
        """The part of a Frame that sending needs."""

        more: bool

        @property
        def bytes(self) -> bytes: ...

else:
    MessagePart = Endpoint = OptionValue = FileLike = HasFileno = object
