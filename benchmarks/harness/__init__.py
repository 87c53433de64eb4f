# SPDX-License-Identifier: BSD-3-Clause
"""What the questions share, to measure; and what the runner uses, to compare."""
