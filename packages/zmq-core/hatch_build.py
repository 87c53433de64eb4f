# SPDX-License-Identifier: BSD-3-Clause
"""The build hook: adds the native modules, and the zmq.h they were built with, to wheels."""

import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NativeBuildHook(BuildHookInterface):
    """Compiles `zmq.backend.cython._zmq`, or what PyPy has instead; `buildtools/` knows how."""

    def dependencies(self):
        """Ask for cffi where it is used; PyPy brings its own."""
        sys.path.insert(0, self.root)
        from buildtools import options, report

        try:
            wanted = options.read_backends()
        except report.BuildError as error:
            raise SystemExit(f"\n{error}") from None
        cffi = "cffi" in wanted and sys.implementation.name != "pypy"
        return ["cffi>=1.15,<3"] if cffi else []

    def initialize(self, version, build_data):
        """Build before the wheel is put together (`version` is "editable" or "standard")."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from buildtools import modules, report

        self.work = tempfile.TemporaryDirectory(prefix="zmq-core-")
        try:
            files = modules.build(root / "src", Path(self.work.name), self.metadata.version)
        except report.BuildError as error:
            raise SystemExit(f"\n{error}") from None
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        if version == "editable":
            modules.install_in_place(files, root / "src")
        else:
            if any(name.startswith("zmq/backend/cffi/") for name in files):
                files.update(_list_modules(root / "src", "zmq/backend/cffi"))
            build_data["force_include"].update(
                {str(source): name for name, source in files.items()}
            )

    def finalize(self, version, build_data, artifact_path):
        """Remove what was built: it is in the wheel now."""
        self.work.cleanup()


def _list_modules(sources, package):
    """Return the modules of a package, as `modules.build` returns what it built."""
    found = sorted((sources / package).glob("*.py"))
    return {f"{package}/{path.name}": path for path in found if path.name != "_docstrings.py"}
