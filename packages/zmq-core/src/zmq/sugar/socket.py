# SPDX-License-Identifier: BSD-3-Clause
"""Socket: the native class with the methods that need not be fast."""

from __future__ import annotations

from errno import EACCES
from types import GenericAlias

from zmq._typing import Generic, Received
from zmq.backend import OptionAttribute, configure
from zmq.backend import Socket as BackendSocket
from zmq.constants import Errno, SocketOption, SocketType
from zmq.error import ZMQBindError, ZMQError
from zmq.sugar.array import Arrays
from zmq.sugar.attrsettr import METHOD_NAMES, AttributeSetter, make_option_attributes
from zmq.sugar.endpoint import SHELTERED, BoundEndpoint
from zmq.sugar.monitoring import Monitoring
from zmq.sugar.monitors import find_monitor
from zmq.sugar.observe import Observation
from zmq.sugar.overflow import Overflow
from zmq.sugar.plain import PlainMethods
from zmq.sugar.poll import Poller
from zmq.sugar.serial import Serial
from zmq.sugar.signature import ClassSignature
from zmq.sugar.signed import Signed
from zmq.sugar.tracker import MessageTracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload

    from typing_extensions import Self

    from zmq._typing import Endpoint
    from zmq.backend import Context as BackendContext
    from zmq.sugar.context import Context


def cast_address(pointer: Any) -> int:
    """Turn an FFI pointer into an int; loads what that needs when first used."""
    from zmq.utils.interop import cast_int_addr

    return cast_int_addr(pointer)


configure(tracker=MessageTracker, cast=cast_address)


class Socket(  # type: ignore[misc]  # PlainMethods take keywords that native methods do not
    Observation,
    Monitoring,
    BackendSocket,
    PlainMethods,
    Serial,
    Signed,
    Arrays,
    Overflow,
    AttributeSetter,
    Generic[Received],
):
    """A ØMQ socket.

    Made by `Context.socket`.  To be used by one thread at a time.  As a context manager it ends
    with `close`.

    Socket options are attributes: ``s.linger = 0``, ``s.rcvhwm``, in lower, upper or title case,
    short names in any.

    Parameters
    ----------
    ctx_or_socket : Context or Socket
        The context to make it in; or a socket to shadow.
    socket_type : SocketType or int
        `zmq.PUSH`, `zmq.REP`, ...
    shadow : Socket, int or FFI pointer
        A socket, or the address of a libzmq socket, to share instead of making one.
    copy_threshold : int, optional
        In bytes: shorter messages are copied even with `copy=False`; `zmq.COPY_THRESHOLD` by
        default.
    observe : bool
        Observe connections from the start: see `peers`, `wait_connected`, `stats`.
    count_subscribers : bool
        Count subscribers, for PUB and XPUB: see `wait_subscribers`, `subscribers`.
    """

    locals().update(make_option_attributes(OptionAttribute))

    _exposed: tuple[tuple[str, bytes, list[bytes]], ...] = ()
    _warned_of_strangers = False
    _poller_class: type[Poller] = Poller

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Socket[bytes],
            ctx_or_socket: BackendContext | BackendSocket | None = None,
            socket_type: int = 0,
            *,
            shadow: Any = 0,
            copy_threshold: int | None = None,
            observe: bool = False,
            count_subscribers: bool = False,
        ) -> None: ...
        @overload
        def __init__(
            self,
            ctx_or_socket: BackendContext | BackendSocket | None = None,
            socket_type: int = 0,
            *,
            shadow: Any = 0,
            copy_threshold: int | None = None,
            observe: bool = False,
            count_subscribers: bool = False,
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
        @property
        def context(self) -> Context[Self]: ...
        @context.setter
        def context(self, value: Any) -> None: ...

    @property
    def _type_name(self) -> str:
        number = getattr(self, "_socket_type", -1)
        return SocketType(number).name if number in SocketType._value2member_map_ else str(number)

    __class_getitem__: Any = classmethod(GenericAlias)
    __signature__ = ClassSignature(
        lambda ctx_or_socket=None, socket_type=0, *, shadow=0, copy_threshold=None: None
    )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        name = "zmq.Socket" if name == "zmq.sugar.socket.Socket" else name
        return f"<{name}(zmq.{self._type_name}) at {id(self):#x}{' closed' if self.closed else ''}>"

    def __copy__(self) -> Self:
        return type(self)(self)

    def __deepcopy__(self, memo: Any) -> Self:
        return self.__copy__()

    @classmethod
    def shadow(cls, address: Any) -> Self:
        """Share a libzmq socket that exists already.

        Parameters
        ----------
        address : Socket, int or FFI pointer
            A socket, which is kept alive, or the address of a libzmq socket, which is not.

        Returns
        -------
        Socket
        """
        return cls(shadow=address if isinstance(address, BackendSocket) else cast_address(address))

    @property
    def threadsafe(self) -> bool:
        """Whether several threads may use it at once: by `ctx.socket(..., threadsafe=True)`."""
        return False

    @property
    def socket_type(self) -> int:
        """The type of the socket as an int; deprecated, use `type`."""
        from warnings import warn

        warn("Socket.socket_type is deprecated: use Socket.type", DeprecationWarning, stacklevel=2)
        return self.type

    def _learn_spelling(self, key: str, option: Any) -> None:
        if key not in METHOD_NAMES:
            attribute = OptionAttribute(option)
            attribute.__set_name__(Socket, key)
            setattr(Socket, key, attribute)

    # ---- endpoints ----

    def bind(self, addr: Endpoint) -> BoundEndpoint[Self]:
        """Accept connections at an endpoint (`zmq_bind`).

        Parameters
        ----------
        addr : str or bytes
            For instance `tcp://127.0.0.1:5555`, `tcp://*:0` (any free port), `ipc:///tmp/socket`,
            `ipc://*`, `inproc://name`.

        Returns
        -------
        BoundEndpoint
            Has the resolved `endpoint` and the `port`; as a context manager it unbinds at the end.

        Raises
        ------
        ZMQError
            Naming the endpoint: EADDRINUSE, EACCES, ENODEV, EPROTONOSUPPORT, ...
        """
        BackendSocket.bind(self, addr)
        bound: Any = self._bindings
        endpoint = _as_text(bound[-1])
        if not endpoint.startswith(SHELTERED):
            from zmq.sugar.exposure import note_bind

            endpoint = note_bind(self, _as_text(addr))
        return BoundEndpoint(self, "bind", addr, endpoint)

    def connect(self, addr: Endpoint) -> BoundEndpoint[Self]:
        """Connect to an endpoint (`zmq_connect`), where a peer may appear later.

        Parameters
        ----------
        addr : str or bytes

        Returns
        -------
        BoundEndpoint
            As a context manager it disconnects at the end.

        Raises
        ------
        ZMQError
            Naming the endpoint: EINVAL, EPROTONOSUPPORT, ...
        """
        monitor = find_monitor(self, addr)
        if monitor is None:
            BackendSocket.connect(self, addr)
        else:
            monitor.connect(self, addr)
        return BoundEndpoint(self, "connect", addr, addr if type(addr) is str else _as_text(addr))

    def bind_to_random_port(
        self, addr: str | bytes, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100
    ) -> int:
        """Bind to any free port of an address.

        Without a range the system chooses the port.

        Parameters
        ----------
        addr : str or bytes
            The endpoint without the port: `tcp://127.0.0.1`.
        min_port, max_port : int
            The range, without its end, to choose from at random.
        max_tries : int
            How many ports to try.

        Returns
        -------
        int
            The port.

        Raises
        ------
        ZMQBindError
            When none of the ports that were tried was free.
        ValueError
            For an empty range.
        """
        from zmq.backend.checking import endpoint_bytes

        addr = endpoint_bytes(addr).decode()
        if (min_port, max_port) == (49152, 65536) and addr.startswith("tcp://"):
            return self.bind(f"{addr}:0").port  # type: ignore[return-value]
        if not min_port < max_port:
            raise ValueError(f"there is no port from {min_port} up to, without, {max_port}")
        from random import sample

        ports = range(min_port, max_port)
        for port in sample(ports, min(max_tries, len(ports))):
            try:
                self.bind(f"{addr}:{port}")
            except ZMQError as exc:
                # Windows says EACCES for a port that somebody else holds exclusively.
                if exc.errno not in (Errno.EADDRINUSE, EACCES):
                    raise
            else:
                return port
        raise ZMQBindError(
            f"no free port for {addr} among {max_tries} tried from {min_port} to {max_port - 1}"
        )

    def fileno(self) -> int:
        """The descriptor that becomes readable when EVENTS may have changed: the FD option.

        It is edge-triggered: look at `events` until nothing is ready before waiting for it again.

        Returns
        -------
        int
        """
        return self.FD

    # ---- options ----

    def subscribe(self, topic: str | bytes) -> None:
        """Receive messages that start with a topic, too: for SUB sockets.

        Parameters
        ----------
        topic : str or bytes
        """
        self.set(SocketOption.SUBSCRIBE, _as_bytes(topic))

    def unsubscribe(self, topic: str | bytes) -> None:
        """Undo one `subscribe`.

        Parameters
        ----------
        topic : str or bytes
        """
        self.set(SocketOption.UNSUBSCRIBE, _as_bytes(topic))

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """Read an option as text.

        Parameters
        ----------
        option : SocketOption or int
            One whose value is bytes.
        encoding : str

        Returns
        -------
        str

        Raises
        ------
        TypeError
            When the value is not bytes.
        """
        value = self.get(option)
        if not isinstance(value, bytes):
            raise TypeError(f"option {option!r} is {value!r}, which is not text: use get")
        return value.decode(encoding)

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Set an option from text.

        Parameters
        ----------
        option : SocketOption or int
            One whose value is bytes.
        optval : str
        encoding : str

        Raises
        ------
        TypeError
            For what is not str.
        """
        if not isinstance(optval, str):
            raise TypeError(f"set_string takes str, not {optval!r}: use set")
        self.set(option, optval.encode(encoding))

    getsockopt_string = getsockopt_unicode = get_string
    setsockopt_string = setsockopt_unicode = set_string

    def get_hwm(self) -> int:
        """The high-water mark, in messages: SNDHWM, or RCVHWM where that cannot be read.

        Returns
        -------
        int
        """
        try:
            return self.get(SocketOption.SNDHWM)
        except ZMQError:
            return self.get(SocketOption.RCVHWM)

    def set_hwm(self, value: int) -> None:
        """Set both high-water marks, SNDHWM and RCVHWM, for connections made from now on.

        Parameters
        ----------
        value : int
            In messages, for each connection; 0 is no limit.
        """
        self.set(SocketOption.SNDHWM, value)
        self.set(SocketOption.RCVHWM, value)

    if TYPE_CHECKING:
        hwm: int
        HWM: int
    hwm = HWM = property(  # type: ignore[assignment]
        get_hwm, set_hwm, doc="The high-water marks: see `get_hwm` and `set_hwm`."
    )

    # ---- text: the old names ----

    def send_unicode(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Send text: the old name of `send_string`."""
        return self.send_string(u, flags=flags, copy=copy, encoding=encoding, **kwargs)

    def recv_unicode(self, flags: int = 0, encoding: str = "utf-8", **kwargs: Any) -> str:
        """Receive text: the old name of `recv_string`."""
        return self.recv_string(flags=flags, encoding=encoding, **kwargs)


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text


def _as_text(addr: Endpoint) -> str:
    return addr.decode("utf-8", "surrogateescape") if isinstance(addr, bytes) else addr


SyncSocket = Socket[bytes]
