# SPDX-License-Identifier: BSD-3-Clause
"""Turning apt's entries into ones for sources."""

from debian_source import as_source_entries

PARAGRAPHS = """\
# a remark
Types: deb
URIs: http://mirror.example/debian
Suites: stable stable-updates
Components: main

Types: deb deb-src
URIs: http://mirror.example/security
Suites: stable-security
Components: main
"""


def test_paragraphs():
    converted = as_source_entries(PARAGRAPHS, ".sources")
    assert [line for line in converted.splitlines() if "Types" in line] == ["Types: deb-src"] * 2
    assert converted.replace("deb-src", "deb").splitlines()[2:5] == PARAGRAPHS.splitlines()[2:5]


def test_lines():
    text = (
        "# deb http://mirror.example/debian old main\n"
        "deb [signed-by=/k.gpg] http://mirror.example/debian stable main contrib\n"
        "deb-src [signed-by=/k.gpg] http://mirror.example/debian stable main contrib\n"
        "deb http://mirror.example/debian stable-updates main\n"
    )
    assert as_source_entries(text, ".list") == (
        "deb-src [signed-by=/k.gpg] http://mirror.example/debian stable main contrib\n"
        "deb-src http://mirror.example/debian stable-updates main\n"
    )
