# SPDX-License-Identifier: BSD-3-Clause
"""Writes a bill of what is inside zmq-core's wheels (CycloneDX), beside them."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import bundled
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

LGPL = "LGPL-3.0-or-later WITH LGPL-3.0-linking-exception"  # libzmq's before 4.3.5
ASK = "import json, zmq; print(json.dumps(zmq.build_info()))"


def write(directory):
    """Write the bill of each wheel of zmq-core in a directory, and return the files.

    Parameters
    ----------
    directory : pathlib.Path

    Returns
    -------
    list of pathlib.Path
    """
    written = []
    for wheel in sorted(directory.glob("zmq_core-*.whl")):
        path = wheel.with_suffix(".cdx.json")
        path.write_text(describe(wheel), encoding="utf-8")
        written.append(path)
    return written


def describe(wheel):
    """The bill of one wheel, as JSON.

    Parameters
    ----------
    wheel : pathlib.Path
        For the Python that runs this.

    Returns
    -------
    str
    """
    with tempfile.TemporaryDirectory() as site, zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        facts = ask(site)
        libraries = bundled.find(Path(site))
    bom = Bom()
    bom.metadata.component = make_component("zmq-core", facts["version"], "BSD-3-Clause", "pypi")
    numbers = tuple(map(int, facts["libzmq"].split(".")))
    licences = {"libzmq": "MPL-2.0" if numbers >= (4, 3, 5) else LGPL, "libsodium": "ISC"}
    inside = [
        make_component(name, facts[name], licence, "generic")
        for name, licence in licences.items()
        if facts["libzmq_linked"] == "static" and name not in {each.library for each in libraries}
    ]
    inside += [
        make_component(each.library, each.version, None, "deb", each.package) for each in libraries
    ]
    for component in inside:
        bom.components.add(component)
    bom.register_dependency(bom.metadata.component, inside)
    # The date and number of the bill itself would make each one different.
    text = json.loads(JsonV1Dot6(bom).output_as_string())
    text.pop("serialNumber")
    text["metadata"].pop("timestamp")
    return json.dumps(text, indent=1, sort_keys=True) + "\n"


def ask(site):
    """What a directory's zmq says of its build."""
    environment = {**os.environ, "PYTHONPATH": site, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], check=True, capture_output=True, text=True, env=environment
    )
    return json.loads(done.stdout)


def make_component(name, version, licence, kind, package=None):
    """A component of the bill; `package` is its name among those of its kind, if that differs."""
    licences = [LicenseFactory().make_with_expression(licence)] if licence else []
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        licenses=licences,
        bom_ref=package or name,
        purl=PackageURL(kind, "debian" if package else None, package or name, version),
    )
