# SPDX-License-Identifier: BSD-3-Clause
"""Builds the native modules: of the Cython backend, of the CFFI backend, or of both."""

import os
import shlex
import shutil

from . import cffi_module, choose, compiler, cython_module, extension, facts, options

MODULES = {"cython": cython_module, "cffi": cffi_module}


def build(sources, work, version):
    """Build the modules.

    Parameters
    ----------
    sources : pathlib.Path
        The directory that holds the package `zmq`.
    work : pathlib.Path
        A directory for everything that this makes.
    version : str
        The distribution's version.

    Returns
    -------
    dict of str to pathlib.Path
        Names inside the wheel, and the files that belong there.

    Raises
    ------
    BuildError
        They do not build; the message says what to do.
    """
    wanted = options.read()
    os.environ["CC"] = shlex.join(compiler.find_c())  # setuptools reads it too
    library = choose.choose(wanted, work)
    asked = shlex.split(os.environ.get("CFLAGS", ""))
    versions = {name: MODULES[name].version() for name in wanted.backends}
    facts.write(work, version, versions, library, [*asked, *extension.flags_for(library)])
    files = {"zmq/include/zmq.h": library.header}
    for name in wanted.backends:
        module = extension.compile_module(MODULES[name], sources, work, library)
        files[str(module.relative_to(work / "built"))] = module
    if "cffi" in wanted.backends:
        files.update(cffi_module.write_documentation(sources, work))
    return files


def install_in_place(files, sources):
    """Copy what was built into the source tree, for editable installs."""
    for name, built in files.items():
        target = sources / name
        target.parent.mkdir(exist_ok=True)
        fresh = target.with_name(target.name + ".new")
        shutil.copyfile(built, fresh)
        os.replace(fresh, target)  # a running program keeps the file it has mapped
