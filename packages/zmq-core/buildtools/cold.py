# SPDX-License-Identifier: BSD-3-Clause
"""Tells the C compiler what of Cython's code is seldom run, so that it makes that small, not fast.

All is compiled with -O3, which half of the code is not worth: what prepares and ends things, what
only raises errors, Cython's own helpers for either.  Nothing else depends on this: functions that
are not found stay as they are.
"""

import fnmatch
import re

ATTRIBUTE = "ZMQ_CORE_COLD"
DEFINITION = f"""\
#ifdef __GNUC__ /* clang, too */
#define {ATTRIBUTE} __attribute__ ((cold))
#else
#define {ATTRIBUTE}
#endif
"""
#: Files that hold nothing on the path of a message.
FILES = {
    "capi.pxi",
    "context.pxi",
    "ending.pxi",
    "endpoint.pxi",
    "life.pxi",
    "proxy.pxi",
    "utils.pxi",
}
#: What is seldom run in the other files.
NAMES = (
    "raise_* refuse describe configure* address_of group_name reprlib note_* part put_back retire "
    "track_frame *.__repr__ *.__copy__ *.__deepcopy__ *.get_loop "
    "AwaitableSocket.__init__ AwaitableSocket.[gs]et* AwaitableSocket.close "
    "AwaitableSocket._count_with "
    "Frame.get Frame.set "
    "Pending.result Pending.set_* Pending._expire Pending._give_out Pending._make_cancelled_error "
    "Ready.*_done_callback Ready.set_result Ready.cancel "
    "Socket.__init__ Socket.bind Socket.unbind Socket.*connect* Socket.join Socket.leave "
    "Socket.close Socket.*monitor Socket.*_all Socket.*_events_of Socket.*count* "
    "Socket._take_notification Socket._set_linger "
    "TrackerEvent.wait Waiting.throw"
).split()
SELDOM = re.compile("|".join(map(fnmatch.translate, NAMES)))
#: Cython's own: what raises, imports, makes functions, and takes arguments that are of odd types.
HELPERS = re.compile(
    r"__Pyx_\w*(Raise|AddTraceback|WriteUnraisable|Import|CyFunction|PyCode_New|NonPyLong|Float"
    r"|RejectKeywords|Keywords_any|SetVtable|SetupReduce|InitStrings|ExportFunction|FetchCommon)\w*"
)
#: How Cython makes names for C: of a cdef function, or a method after its class and a number.
NAME = re.compile(
    r"__pyx_(?:f|pf|pw)_\w*?_4_zmq_(?:\d+(?P<owner>[A-Z][A-Za-z]+)_)?\d*(?P<name>\w+)"
)
#: A comment that says where the next function comes from, or what a function begins with.
PLACE = r'^/\* "[^"\n]*?(?P<file>\w+\.p[xy][xi])":\d+'
FUNCTION = (
    r"^static (?!CYTHON_SMALL_CODE|CYTHON_INLINE)(?P<type>[\w *]*?)\b(?P<name>_\w+)\([^;{}]*?\)"
    r"\s*(?P<end>[;{]|/\* ?proto ?\*/)"
)


def mark(path):
    """Mark the seldom run functions of a C file that Cython wrote; returns how many there are."""
    text = path.read_text(encoding="utf-8")
    marked = mark_text(text)
    path.write_text(DEFINITION + marked, encoding="utf-8")
    return marked.count(ATTRIBUTE)


def mark_text(text):
    """Return the C code with an attribute at the first declaration of each seldom run function."""
    pattern = re.compile(f"{PLACE}|{FUNCTION}", re.MULTILINE)
    cold, file = set(), ""
    for found in pattern.finditer(text):
        file = found["file"] or file
        if found["end"] == "{" and _is_cold(found["name"], file):
            cold.add(found["name"])

    def rewrite(found):
        if found["name"] not in cold:
            return found[0]
        cold.remove(found["name"])
        return found[0].replace("static ", f"static {ATTRIBUTE} ", 1)

    return pattern.sub(rewrite, text)


def _is_cold(c_name, file):
    found = NAME.fullmatch(c_name)
    if found is None:
        return HELPERS.match(c_name) is not None
    name = f"{found['owner']}.{found['name']}" if found["owner"] else found["name"]
    return file in FILES or SELDOM.fullmatch(name) is not None
