# SPDX-License-Identifier: BSD-3-Clause
"""The bindings to libzmq and nothing beyond them, from the backend that was chosen."""

from zmq.backend.select import choose_backend, public_api, select_backend

TYPE_CHECKING = False
if TYPE_CHECKING:  # whatever is chosen has the types of our own
    from zmq.backend.cython import IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN
    from zmq.backend.cython import PYZMQ_DRAFT_API as PYZMQ_DRAFT_API
    from zmq.backend.cython import Context as Context
    from zmq.backend.cython import Frame as Frame
    from zmq.backend.cython import Message as Message
    from zmq.backend.cython import OptionAttribute as OptionAttribute
    from zmq.backend.cython import Socket as Socket
    from zmq.backend.cython import build_facts as build_facts
    from zmq.backend.cython import configure as configure
    from zmq.backend.cython import curve_keypair as curve_keypair
    from zmq.backend.cython import curve_public as curve_public
    from zmq.backend.cython import has as has
    from zmq.backend.cython import monitored_queue as monitored_queue
    from zmq.backend.cython import proxy as proxy
    from zmq.backend.cython import proxy_steerable as proxy_steerable
    from zmq.backend.cython import relay as relay
    from zmq.backend.cython import strerror as strerror
    from zmq.backend.cython import tune_allocator as tune_allocator
    from zmq.backend.cython import z85_decode as z85_decode
    from zmq.backend.cython import z85_encode as z85_encode
    from zmq.backend.cython import zmq_errno as zmq_errno
    from zmq.backend.cython import zmq_poll as zmq_poll
    from zmq.backend.cython import zmq_version_info as zmq_version_info

    backend_name: str

globals().update(choose_backend())

__all__ = list(public_api)  # pyright: ignore[reportUnsupportedDunderAll]
