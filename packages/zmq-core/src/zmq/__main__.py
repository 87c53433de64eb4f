# SPDX-License-Identifier: BSD-3-Clause
"""The command line: `python -m zmq`, or `zmq`."""

from zmq._cli.main import run_and_exit

if __name__ == "__main__":
    run_and_exit()
