# SPDX-License-Identifier: BSD-3-Clause
"""Writes wheels and sdists again, as small as what all their readers understand can be."""

import gzip
import struct
import zipfile
import zlib

#: More make hardly anything smaller.
ITERATIONS = 5
MADE_ON_UNIX = 3 << 8
VERSION = 20


def compress_gzip(path):
    """Replace a gzip file by one that holds the same, compressed by zopfli and without a date.

    Parameters
    ----------
    path : pathlib.Path
    """
    import zopfli.gzip

    content = gzip.decompress(path.read_bytes())
    path.write_bytes(zopfli.gzip.compress(content, numiterations=ITERATIONS))


def compress_zip(path):
    """Replace a zip file by one that holds the same, compressed by zopfli.

    Python's zipfile takes no data that is compressed already, so the few structures are written
    here.

    Parameters
    ----------
    path : pathlib.Path
        A file below 4 GiB, whose names are ASCII.
    """
    with zipfile.ZipFile(path) as source:
        entries = [(entry, source.read(entry)) for entry in source.infolist()]
    body, directory = bytearray(), bytearray()
    for entry, content in entries:
        method, packed = deflate(content)
        name = entry.filename.encode("ascii")
        year, month, day, hour, minute, second = entry.date_time
        time = hour << 11 | minute << 5 | second // 2
        date = (year - 1980) << 9 | month << 5 | day
        sizes = (zlib.crc32(content), len(packed), len(content), len(name))
        common = struct.pack("<5H3I2H", VERSION, 0, method, time, date, *sizes, 0)
        directory += b"PK\1\2" + struct.pack("<H", MADE_ON_UNIX | VERSION) + common
        directory += struct.pack("<3H2I", 0, 0, 0, entry.external_attr, len(body)) + name
        body += b"PK\3\4" + common + name + packed
    end = struct.pack("<4H2IH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\5\6" + end)


def deflate(content):
    """Return the method of compression, as zip files number them, and the compressed data."""
    import zopfli.zlib

    packed = zopfli.zlib.compress(content, numiterations=ITERATIONS)[2:-4]  # without its frame
    if len(packed) < len(content):
        return zipfile.ZIP_DEFLATED, packed
    return zipfile.ZIP_STORED, content
