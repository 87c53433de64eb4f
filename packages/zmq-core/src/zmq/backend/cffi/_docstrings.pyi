# SPDX-License-Identifier: BSD-3-Clause
"""Made by the build: what the docstrings of the Cython backend say."""

DOCSTRINGS: dict[str, str]
