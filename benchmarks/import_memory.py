# SPDX-License-Identifier: BSD-3-Clause
"""How much memory does ``import zmq`` take, above the bare interpreter?"""

import zmq  # noqa: F401 (to see below how libzmq is linked)
from harness.rss import linked_statically, resident_after
from harness.sheet import Sheet

LIMIT_STATIC = 3.0
LIMIT_SHARED = 4.5


def main():
    sheet = Sheet(__doc__)
    limit = LIMIT_STATIC if linked_statically() else LIMIT_SHARED
    taken = resident_after("import zmq") - resident_after("pass")
    sheet.add("memory of import zmq", taken, "MB", limit=limit, steady=True)
    sheet.show()


if __name__ == "__main__":
    main()
