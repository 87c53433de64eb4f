# SPDX-License-Identifier: BSD-3-Clause
"""Stand-ins for the types shared by the annotations of this package.

What they are is in `_typing.pyi`, for type checkers.  At run time annotations are never evaluated
here, and a `Generic` among the bases of a class leaves nothing behind, so that importing this
module costs next to nothing.
"""


class _Nothing:
    """Stands for `Generic[...]` and the like among the bases of a class: for no base."""

    __slots__ = ()

    def __getitem__(self, parameters: object) -> object:
        return self

    def __mro_entries__(self, bases: object) -> tuple[()]:
        return ()


Generic = ContextOptions = SocketMixin = SocketOptions = _Nothing()
AnyioMixin = CoroutineCalls = CoroutineObjectCalls = FutureObjectCalls = Generic
AnySocket = Buffer = BufferLike = ContextT = Endpoint = FileLike = HasArrayInterface = object
HasFileno = MessagePart = object
OnFull = OptionValue = Pollable = Received = ValueT = SocketT = Timeout = Waitable = object
