# SPDX-License-Identifier: BSD-3-Clause
"""What the build tells the person who runs it."""

WAYS_OUT = """\
zmq-core needs libzmq 4.2 or newer, in one of three ways:
  ZMQ_CORE_LIBZMQ=system    the system's library. Install its headers and pkg-config
                            (Debian: libzmq3-dev pkg-config; Fedora: zeromq-devel pkgconf;
                            Homebrew: zeromq pkg-config), or name its directory in ZMQ_PREFIX.
  ZMQ_CORE_LIBZMQ=source    built from the directory or archive in ZMQ_CORE_LIBZMQ_SOURCE.
  ZMQ_CORE_LIBZMQ=download  built from the release, which is fetched first.
The last two need a C++ compiler, cmake, pkg-config and libsodium's headers
(Debian: g++ cmake pkg-config libsodium-dev; Fedora: gcc-c++ cmake pkgconf libsodium-devel;
Homebrew: cmake pkg-config libsodium)."""


class BuildError(Exception):
    """The build cannot go on.

    Parameters
    ----------
    problem : str
        What is wrong, and what to do about it.
    help : str
        What else there is to know; on the whole, how to come by libzmq.
    """

    def __init__(self, problem, help=WAYS_OUT):
        super().__init__(f"zmq-core cannot be built: {problem}\n\n{help}".rstrip())
        self.problem = problem


def say(text):
    """Print a line about the build's choices."""
    print(f"zmq-core: {text}", flush=True)
