# SPDX-License-Identifier: BSD-3-Clause
"""Frame: one part of a message that owns its memory or shares it with libzmq."""

from __future__ import annotations

from _weakref import ref
from functools import partial

from zmq.backend import checking
from zmq.backend.cffi import given
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import EINVAL, NULL, raise_errno, raise_without_drafts
from zmq.backend.cffi.release import find_owner, get_buffer, lend, new_event, note_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

ZMQ_SHARED = 3
DRAFTS = bool(lib.zmq_core_drafts())


def new_part() -> Any:
    """Return an empty part, which is freed with what holds it."""
    made = lib.zmq_core_new_part()
    if made == NULL:
        raise MemoryError
    return ffi.gc(made, lib.zmq_core_free_part)


def say_size(size: int) -> str:
    """Return a size in the unit that keeps it short."""
    if size < 1000:
        return f"{size}B"
    return f"{size // 1000}kB" if size < 1000_000 else f"{size // 1000_000}MB"


class Frame:
    __slots__ = (
        "__weakref__",
        "_bytes",
        "_data",
        "_memory",
        "_part",
        "_view",
        "tracker",
        "tracker_event",
    )

    tracker: Any
    tracker_event: Any
    _bytes: Any
    _data: Any
    _memory: Any
    _part: Any
    _view: Any

    def __new__(
        cls,
        data: Any = None,
        track: bool = False,
        copy: bool | None = None,
        copy_threshold: int | None = None,
    ) -> Any:
        self = super().__new__(cls)
        self._part = new_part()
        self._bytes = self._data = self._memory = self._view = None
        object.__setattr__(self, "tracker", None)
        object.__setattr__(self, "tracker_event", None)
        return self

    def __init__(
        self,
        data: Any = None,
        track: bool = False,
        copy: bool | None = None,
        copy_threshold: int | None = None,
    ) -> None:
        if self._bytes is not None or len(self):
            raise RuntimeError("a Frame cannot be made twice")
        if data is not None:
            _fill(self, data, track, copy, copy_threshold)
        elif track:
            track_memory(self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("tracker", "tracker_event"):
            raise AttributeError(f"the attribute {name!r} of a Frame cannot be written")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"the attribute {name!r} of a Frame cannot be deleted")

    # ---- the contents ----

    def __buffer__(self, flags: int, /) -> memoryview:
        return memoryview(self.buffer)

    @property
    def buffer(self) -> memoryview:
        view = None if self._view is None else self._view()
        if view is None:
            view = self._expose()
            self._view = ref(view)
        return view

    def _expose(self) -> memoryview:
        # Where others see the same memory it is read-only: no immutable object may ever change.
        size = len(self)
        lent = size and find_owner(self._part.data) is not None
        shared = lent or lib.zmq_msg_get(self._message, ZMQ_SHARED) == 1
        if self._memory is None:
            # It keeps the part: views may live longer than the frame.
            data = self._part.data if size else ffi.new("char[1]")
            self._memory = ffi.gc(ffi.cast("char *", data), partial(_keep, self._part, data))
        view = memoryview(ffi.buffer(self._memory, size))
        return view.toreadonly() if shared else view

    @property
    def bytes(self) -> Any:
        if self._bytes is None:
            size = len(self)
            owner = find_owner(self._part.data) if size else None
            if type(owner) is bytes and len(owner) == size:
                self._bytes = owner
            else:
                self._bytes = ffi.buffer(self._part.data, size)[:] if size else b""
        return self._bytes

    def __bytes__(self) -> Any:
        return self.bytes

    def __len__(self) -> int:
        return lib.zmq_core_part_size(self._part)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.get(key)
        return self.buffer[key].tobytes() if isinstance(key, slice) else self.buffer[key]

    def __repr__(self) -> str:
        size = len(self)
        shown = size if size <= 16 else 12
        start = ffi.buffer(self._part.data, shown)[:] if shown else b""
        return f"<zmq.Frame({start!r}{'' if shown == size else '...' + say_size(size)})>"

    def __copy__(self) -> Any:
        other = type(self).__new__(type(self))
        rc = lib.zmq_core_copy_part(other._part, self._part)
        if rc < 0:
            raise_errno(-rc)
        other._bytes = self._bytes
        object.__setattr__(other, "tracker", self.tracker)
        object.__setattr__(other, "tracker_event", self.tracker_event)
        return other

    def __deepcopy__(self, memo: Any) -> Frame:
        return Frame(self, copy=True)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a zmq.Frame cannot be pickled: pickle frame.bytes")

    # ---- options and metadata ----

    @property
    def _message(self) -> Any:
        return ffi.addressof(self._part, "message")

    @property
    def more(self) -> bool:
        return bool(lib.zmq_msg_get(self._message, 1))

    def get(self, option: Any) -> Any:
        if isinstance(option, (bytes, bytearray)):
            option = option.decode()
        if not isinstance(option, str):
            value = lib.zmq_msg_get(self._message, option)
            if value < 0:
                raise_errno(lib.zmq_errno(), f"a message has no option {option!r}")
            return value
        if option in ("routing_id", "group"):
            return getattr(self, option)
        text = lib.zmq_msg_gets(self._message, option.encode())
        if text == NULL:
            raise_errno(EINVAL, f"this message has no metadata {option!r}")
        return ffi.string(text).decode("utf-8", "surrogateescape")

    def set(self, option: Any, value: Any) -> None:
        if option in ("routing_id", "group"):
            setattr(self, option, value)
        elif isinstance(option, str):
            raise_errno(EINVAL, f"the metadata {option!r} of a message cannot be set")
        elif lib.zmq_msg_set(self._message, option, value) < 0:
            text = f"option {option!r} of a message cannot be set to {value!r}"
            raise_errno(lib.zmq_errno(), text)

    @property
    def routing_id(self) -> int:
        if not DRAFTS:
            raise_without_drafts("the routing id of a message")
        found = lib.zmq_msg_routing_id(self._message)
        if found == 0:
            raise_errno(EINVAL, "this message has no routing id")
        return found

    @routing_id.setter
    def routing_id(self, value: int) -> None:
        if not DRAFTS:
            raise_without_drafts("the routing id of a message")
        if lib.zmq_msg_set_routing_id(self._message, value) < 0:
            raise_errno(lib.zmq_errno(), f"{value} is not a routing id")

    @property
    def group(self) -> str:
        if not DRAFTS:
            raise_without_drafts("the group of a message")
        found = lib.zmq_msg_group(self._message)
        if found == NULL:
            raise_errno(lib.zmq_errno())
        return ffi.string(found).decode("utf-8", "surrogateescape")

    @group.setter
    def group(self, value: Any) -> None:
        if not DRAFTS:
            raise_without_drafts("the group of a message")
        if lib.zmq_msg_set_group(self._message, checking.group_name(value)) < 0:
            text = f"a group has at most {checking.LONGEST_GROUP} bytes: {value!r}"
            raise_errno(lib.zmq_errno(), text)


Message = Frame


def _keep(part: Any, data: Any, pointer: Any) -> None:
    """Do nothing: it is the reference to the part that counts."""


def set_tracker(frame: Frame, event: Any) -> None:
    """Give a frame the tracker for an event."""
    object.__setattr__(frame, "tracker_event", event)
    object.__setattr__(frame, "tracker", given.tracker_class(event))


def track_memory(frame: Frame) -> None:
    """Give a frame a tracker that is done when its memory is free."""
    event = new_event(1)
    set_tracker(frame, event)
    lib.zmq_core_track_part(frame._part, event.tally)


def _fill(
    frame: Frame, data: Any, track: bool, copy: bool | None, copy_threshold: int | None
) -> None:
    """Give a new frame its contents, copied or shared."""
    view = get_buffer(data)
    if copy is not None:
        shared = not copy
    elif track:
        shared = True
    else:
        threshold = given.default_threshold() if copy_threshold is None else copy_threshold
        shared = len(view) >= threshold
    if not shared:
        copy_memory(frame._part, view)
        if track:
            set_tracker(frame, new_event(0))
        return
    event = None
    if track:
        event = new_event(1)
        set_tracker(frame, event)
    lend(frame._part, data, None if event is None else event.tally)
    frame._data = data


def copy_memory(part: Any, view: Any) -> None:
    """Copy memory into a part."""
    if lib.zmq_core_fill_part(part, view, len(view)) < 0:
        raise MemoryError(f"no memory for a message of {len(view)} bytes")
    note_memory(len(view))


def frame_for(data: Any, copy: bool, track: bool, routing_id: Any, group: Any) -> Frame:
    """Return a frame that carries a routing id or a group."""
    if not isinstance(data, Frame):
        data = Frame(data, track=track, copy=True if copy else None)
    if routing_id is not None:
        data.routing_id = routing_id
    if group is not None:
        data.group = group
    return data
