# SPDX-License-Identifier: BSD-3-Clause
"""The function `monitored_queue`, whose loop is native and part of zmq-core."""

from zmq.backend import monitored_queue

__all__ = ["monitored_queue"]
