# SPDX-License-Identifier: BSD-3-Clause
"""The bindings to libzmq and nothing beyond them, from the backend that was chosen."""

from zmq.backend.select import choose_backend, public_api, select_backend

globals().update(choose_backend())

__all__ = list(public_api)
