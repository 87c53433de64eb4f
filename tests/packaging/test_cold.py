# SPDX-License-Identifier: BSD-3-Clause
"""What is seldom run gets marked in Cython's C, and nothing else is changed."""

import pytest
from buildtools import cold, cython_module, source

CODE = """\
static PyObject *__pyx_f_3zmq_7backend_6cython_4_zmq_raise_errno(int, int); /*proto*/
static void __Pyx_AddTraceback(const char *name, int line);
static CYTHON_INLINE void __Pyx_RaiseTooManyValuesError(Py_ssize_t expected);
static int __pyx_f_3zmq_7backend_6cython_4_zmq_send_message(int); /*proto*/
static PyObject *__pyx_pw_3zmq_7backend_6cython_4_zmq_6Socket_21bind(PyObject *self); /*proto*/
static PyObject *__pyx_pw_3zmq_7backend_6cython_4_zmq_6Socket_47send(PyObject *self); /*proto*/

/* "zmq/backend/cython/errors.pxi":47
 * cdef int raise_errno(int number, object text=None) except -1:
 */

static PyObject *__pyx_f_3zmq_7backend_6cython_4_zmq_raise_errno(int a, int b) {
  return __pyx_f_3zmq_7backend_6cython_4_zmq_send_message(a);
}

/* "zmq/backend/cython/transfer.pxi":3 */
static int __pyx_f_3zmq_7backend_6cython_4_zmq_send_message(int a) {
}
static PyObject *__pyx_pw_3zmq_7backend_6cython_4_zmq_6Socket_21bind(PyObject *self) {
}
static PyObject *__pyx_pw_3zmq_7backend_6cython_4_zmq_6Socket_47send(PyObject *self) {
}

/* "zmq/backend/cython/proxy.pxi":3 */
static PyObject *__pyx_f_3zmq_7backend_6cython_4_zmq_join(int a)
{
}
static void __Pyx_AddTraceback(const char *name, int line) {
}
"""


def test_marks_the_first_declaration_of_what_is_seldom_run():
    marked = cold.mark_text(CODE)
    lines = [line for line in marked.splitlines() if cold.ATTRIBUTE in line]
    names = [
        line.partition("(")[0].split()[-1].lstrip("*").rpartition("_zmq_")[2] for line in lines
    ]
    assert names == ["raise_errno", "__Pyx_AddTraceback", "6Socket_21bind", "join"]
    assert marked.replace(f"{cold.ATTRIBUTE} ", "") == CODE
    assert all(line.startswith(f"static {cold.ATTRIBUTE} ") for line in lines)


def test_what_it_does_not_know_stays(tmp_path):
    path = tmp_path / "other.c"
    path.write_text("static int f(int a) {\n  return a;\n}\n")
    assert cold.mark(path) == 0
    assert path.read_text() == cold.DEFINITION + "static int f(int a) {\n  return a;\n}\n"


def test_finds_cythons_functions(tmp_path):
    """The names that it goes by are those that this Cython makes."""
    from Cython.Build import cythonize

    package = tmp_path / "zmq" / "backend" / "cython"
    package.mkdir(parents=True)
    (package / "_zmq.pyx").write_text(
        "cdef class Socket:\n"
        "    def bind(self, address):\n        return raise_errno(address)\n"
        "    def send(self, data):\n        return data[0]\n"
        "cdef object raise_errno(number):\n    raise OSError(number)\n"
    )
    for directory in (package, package.parent, package.parent.parent):
        (directory / "__init__.py").touch()
    (made,) = cythonize(
        str(package / "_zmq.pyx"),
        compiler_directives=cython_module.DIRECTIVES,
        build_dir=str(tmp_path / "c"),
        quiet=True,
    )
    path = tmp_path / made.sources[0]
    assert cold.mark(path) > 5
    text = path.read_text()
    assert "_6Socket_1bind" in text
    for name, seldom in (("raise_errno", True), ("6Socket_1bind", True), ("6Socket_3send", False)):
        declared = next(line for line in text.splitlines() if f"_zmq_{name}(" in line)
        assert declared.startswith(f"static {cold.ATTRIBUTE}") is seldom, declared


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.cpp", "try {\n}", ["a.cpp"]),
        ("a.cpp", "throw std::bad_alloc ();", ["a.cpp"]),
        ("a.cpp", "/* try to throw it away */ int f () { return retry; }", []),
        ("a.hpp", "inline void f () { throw; }", None),
    ],
)
def test_sources_that_deal_with_exceptions(name, text, found, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / name).write_text(text)
    assert source.find_exceptions(tmp_path) == found
