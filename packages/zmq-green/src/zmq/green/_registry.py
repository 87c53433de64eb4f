# SPDX-License-Identifier: BSD-3-Clause
"""Registry: which room is that of which libzmq socket."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from zmq.backend import Socket as BackendSocket
from zmq.constants import DRAFT_SOCKET_TYPES
from zmq.green._room import NOBODY, Room, occupied

#: By the address of the libzmq socket.
_rooms: WeakValueDictionary[int, Room] = WeakValueDictionary()

#: The rooms of sockets that are not green ones, and are polled all the same.
_guest_rooms: WeakKeyDictionary[Any, Room] = WeakKeyDictionary()


def find_known_room(socket: Any) -> Room:
    """The room of a socket, of whatever class, if somebody has had to wait for it.

    Objects that share a libzmq socket share its room.
    """
    if hasattr(socket, "_green_room"):
        room: Room = socket._green_room
    else:
        room = _guest_rooms.get(socket, NOBODY)
    if room is NOBODY and not socket.closed:
        found = _rooms.get(BackendSocket.underlying.__get__(socket))
        if found is not None and not all(member.closed for member in found.members):
            return found
    return room


def find_room(socket: Any) -> Room:
    """The room of a socket, made when it is first needed."""
    green = hasattr(socket, "_green_room")
    if green and socket._green_room is not NOBODY:
        return socket._green_room  # type: ignore[no-any-return]
    found = find_known_room(socket)
    if socket in found.members:
        return found
    if found is NOBODY:
        found = _rooms[BackendSocket.underlying.__get__(socket)] = Room()
    found.members.add(socket)
    if green:
        socket._green_room = found
    else:
        _guest_rooms[socket] = found
    # The descriptor of draft types is made up by another layer.
    if not green or socket._is_shared or socket._socket_type in DRAFT_SOCKET_TYPES:
        found.share(socket)
    return found


def _cut_off() -> None:
    for room in list(occupied):
        room.cut_off()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_cut_off)
