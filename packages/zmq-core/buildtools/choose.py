# SPDX-License-Identifier: BSD-3-Clause
"""Chooses where libzmq comes from, and says so."""

from pathlib import Path

from . import download, source, system
from .library import dotted
from .report import BuildError, say


def choose(options, work):
    """Return the libzmq to build with.

    Parameters
    ----------
    options : Options
        What was asked for.
    work : pathlib.Path
        A directory for what gets fetched and built.

    Raises
    ------
    BuildError
        There is none; the message names the ways out.
    """
    library = {"": _first_that_works, "system": _find, "source": _build, "download": _fetch}[
        options.way
    ](options, work)
    drafts = "with" if options.drafts else "without"
    say(
        f"using libzmq {dotted(library.version)} ({library.linkage}; {library.origin}), {drafts} "
        "drafts"
    )
    return library


def _first_that_works(options, work):
    try:
        library = system.find(options)
    except BuildError as error:
        if options.prefix:
            raise
        say(f"not using the system's libzmq: {error.problem}")
        say("so libzmq gets downloaded and built (ZMQ_CORE_LIBZMQ is not set)")
        return _fetch(options, work)
    say("using the system's libzmq, because there is one (ZMQ_CORE_LIBZMQ is not set)")
    return library


def _find(options, work):
    return system.find(options)


def _build(options, work):
    path = Path(options.source).expanduser()
    kind = "directory" if path.is_dir() else "archive"
    return source.build(options, path, work, f"source {kind} {path.resolve().name}")


def _fetch(options, work):
    archive = download.fetch(options, work)
    return source.build(options, archive, work, f"release {archive.name}")
