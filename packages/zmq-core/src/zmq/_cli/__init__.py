# SPDX-License-Identifier: BSD-3-Clause
"""The command line, one file for each command and for each thing that several of them share.

A command is a module with a `SUMMARY`, `EXAMPLES`, `add_arguments(parser)` and `run(args)`.
"""
