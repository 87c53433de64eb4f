# SPDX-License-Identifier: BSD-3-Clause
"""What OpenSSH runs to have a question answered: passes it on, and prints the answer.

It runs by itself and without the rest of the package, so that it starts quickly.
"""

import json
import os
import signal
import socket
import sys


def main() -> int:
    """Ask the keeper; the exit status is 1 when there is no answer."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which is for ssh alone, and comes first to it
    question = {
        "question": " ".join(sys.argv[1:]),
        "hint": os.environ.get("SSH_ASKPASS_PROMPT", ""),
        "asked_by": os.getppid(),  # a jump host is asked for by another process than the server
    }
    with socket.socket(socket.AF_UNIX) as keeper:
        keeper.connect(os.environ["ZMQ_SSH_ASK"])
        keeper.sendall(json.dumps(question).encode() + b"\n")
        reply = b""
        while True:
            data = keeper.recv(4096)
            if not data:
                break
            reply += data
    if not reply:
        return 1
    sys.stdout.buffer.write(json.loads(reply)["answer"].encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
