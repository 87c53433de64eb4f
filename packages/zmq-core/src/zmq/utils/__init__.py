# SPDX-License-Identifier: BSD-3-Clause
"""Helpers around the core; each is imported where it is needed."""

from zmq.utils._lazy import __getattr__ as __getattr__
