# SPDX-License-Identifier: BSD-3-Clause
"""What finds, fetches and builds libzmq, and compiles the native module against it."""
