# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to write a key of 32 bytes as Z85, and to read it back?"""

from functools import partial
from itertools import repeat

from harness.sheet import Sheet
from zmq.utils.z85 import decode, encode

KEY = bytes(range(100, 132))


def convert(function, value, calls):
    """Call `function` with `value` `calls` times."""
    for _ in repeat(None, calls):
        function(value)


def main():
    sheet = Sheet(__doc__)
    sheet.cost("z85.encode, 32 B", partial(convert, encode, KEY), 200, target=50.0)
    sheet.cost("z85.decode, 32 B", partial(convert, decode, encode(KEY)), 200, target=50.0)
    sheet.show()


if __name__ == "__main__":
    main()
