# SPDX-License-Identifier: BSD-3-Clause
"""The input: which files are text, their lines, and the words of a line."""

import os
import re
import stat
import subprocess
from pathlib import Path

WORD = re.compile(r"\w+")
HERE = Path(__file__).resolve().parents[2]


def find_files():
    """Return the text files of this repository, as git or the directories list them."""
    git = ["git", "-C", str(HERE), "ls-files", "-z"]
    try:
        listed = subprocess.run(git, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = ""
    paths = [HERE / name for name in listed.split("\0") if name] or walk_files(HERE)
    return [path for path in sorted(paths) if not find_problem(path)]


def walk_files(start):
    """Yield every file below `start`, leaving out hidden directories."""
    for where, directories, names in os.walk(start):
        directories[:] = [name for name in directories if not name.startswith(".")]
        yield from (Path(where, name) for name in names)


def find_problem(path):
    """Return why `path` cannot be counted, or None when it is readable text."""
    try:
        # Asked first, because opening a named pipe would wait for a writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "not an ordinary file"
        with open(path, "rb") as file:
            start = file.read(8192)
    except OSError as error:
        return error.strerror
    return "not text, it holds a zero byte" if b"\0" in start else None


def read_lines(files):
    """Yield the lines of all files, as bytes without the line ends."""
    for path in files:
        with open(path, "rb") as file:
            for line in file:
                yield line.rstrip(b"\r\n")


def read_batches(files, size):
    """Yield (number of lines, the lines as one block of bytes), `size` lines at a time."""
    batch = []
    for line in read_lines(files):
        batch.append(line)
        if len(batch) == size:
            yield len(batch), b"\n".join(batch)
            batch = []
    if batch:
        yield len(batch), b"\n".join(batch)


def split_words(data):
    """Return the words in `data`, in lower case; what is not UTF-8 separates words."""
    return WORD.findall(data.decode("utf-8", "replace").lower())
