# SPDX-License-Identifier: BSD-3-Clause
"""The compiled module that cffi makes of `calls.h`, `libzmq.h` and `proxy.h`."""

from typing import Any

ffi: Any
lib: Any
