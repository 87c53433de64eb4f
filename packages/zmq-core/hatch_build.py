# SPDX-License-Identifier: BSD-3-Clause
"""The build hook: adds the native module, and the zmq.h it was built with, to wheels."""

import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NativeBuildHook(BuildHookInterface):
    """Compiles `zmq.backend.cython._zmq`; `buildtools/` knows how."""

    def initialize(self, version, build_data):
        """Build before the wheel is put together (`version` is "editable" or "standard")."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from buildtools import extension, report

        self.work = tempfile.TemporaryDirectory(prefix="zmq-core-")
        try:
            files = extension.build(root / "src", Path(self.work.name), self.metadata.version)
        except report.BuildError as error:
            raise SystemExit(f"\n{error}") from None
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        if version == "editable":
            extension.install_in_place(files, root / "src")
        else:
            build_data["force_include"].update(
                {str(source): name for name, source in files.items()}
            )

    def finalize(self, version, build_data, artifact_path):
        """Remove what was built: it is in the wheel now."""
        self.work.cleanup()
