# SPDX-License-Identifier: BSD-3-Clause
"""The exceptions: what they say, in every way they come into being."""

import copy
import errno
import inspect
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import zmq
import zmq.error

FIXED = [zmq.Again, zmq.ContextTerminated, zmq.error.InterruptedSystemCall]
NUMBERS = {
    zmq.Again: errno.EAGAIN,
    zmq.ContextTerminated: zmq.ETERM,
    zmq.error.InterruptedSystemCall: errno.EINTR,
}


def make_fully(cls):
    return cls()


def make_without_init(cls):
    """Make an instance as the native layer does."""
    return cls.__new__(cls)


def describe(error):
    return type(error), error.errno, error.strerror, str(error), repr(error), error.args


# -- ZMQError ------------------------------------------------------------------------------------


def test_number_alone():
    error = zmq.ZMQError(errno.EINVAL)
    assert error.errno == errno.EINVAL
    assert error.strerror == str(error) == zmq.strerror(errno.EINVAL)
    assert error.args == (errno.EINVAL,)


def test_message_takes_precedence():
    error = zmq.ZMQError(errno.EINVAL, "no such thing")
    assert error.errno == errno.EINVAL
    assert error.strerror == str(error) == "no such thing"


def test_keywords():
    error = zmq.ZMQError(msg="no such thing", errno=zmq.EFSM)
    assert (error.errno, error.strerror) == (zmq.EFSM, "no such thing")


def test_message_alone():
    error = zmq.ZMQError("no such thing")
    assert error.errno is None
    assert error.strerror == str(error) == "no such thing"


def test_errno_of_the_last_call_is_the_default():
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        with pytest.raises(zmq.Again):
            socket.recv(zmq.NOBLOCK)
        error = zmq.ZMQError()
        assert error.errno == zmq.zmq_errno()
        assert error.strerror == zmq.strerror(error.errno)


@pytest.mark.parametrize(
    ("number", "name"),
    [(errno.EINVAL, "EINVAL"), (zmq.EFSM, "EFSM"), (errno.ENOENT, "ENOENT"), (987654, "987654")],
)
def test_repr_names_the_error(number, name):
    assert repr(zmq.ZMQError(number, "what")) == f"ZMQError({name}, 'what')"


def test_repr_of_a_subclass():
    class MyError(zmq.ZMQError):
        pass

    assert repr(MyError("what")) == "MyError(None, 'what')"


def test_native_errors_have_number_and_text():
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        with pytest.raises(zmq.ZMQError) as caught:
            socket.recv(zmq.NOBLOCK)
        assert caught.value.errno == zmq.EFSM
        assert caught.type is zmq.ZMQError
        assert zmq.strerror(zmq.EFSM) in str(caught.value)


def test_bind_error_compares_with_the_constant():
    with zmq.Context() as context, context.socket(zmq.REP) as one, context.socket(zmq.REP) as two:
        one.bind("tcp://127.0.0.1:0")
        endpoint = one.last_endpoint.decode().rstrip("\0")
        with pytest.raises(zmq.ZMQError) as caught:
            two.bind(endpoint)
        assert caught.value.errno == zmq.EADDRINUSE
        assert endpoint in str(caught.value)


# -- the classes with a fixed errno --------------------------------------------------------------


@pytest.mark.parametrize("cls", FIXED)
@pytest.mark.parametrize("make", [make_fully, make_without_init])
def test_fixed_errors_describe_themselves(cls, make):
    error = make(cls)
    assert isinstance(error, zmq.ZMQError)
    assert error.errno == cls.errno == NUMBERS[cls]
    assert error.strerror == str(error) == cls.strerror == zmq.strerror(NUMBERS[cls])
    assert cls.__name__ in repr(error)
    assert error.strerror in repr(error)


@pytest.mark.parametrize("cls", FIXED)
def test_arguments_are_ignored(cls):
    error = cls(errno.EINVAL, "what")
    assert error.errno == NUMBERS[cls]
    assert str(error) == zmq.strerror(NUMBERS[cls])
    assert cls(errno=5, msg="what").errno == NUMBERS[cls]


@pytest.mark.parametrize("cls", FIXED)
@pytest.mark.parametrize("make", [make_fully, make_without_init])
def test_text_may_be_set(cls, make):
    error = make(cls)
    error.strerror = "nobody reads at tcp://127.0.0.1:1"
    assert str(error) == "nobody reads at tcp://127.0.0.1:1"
    assert str(make(cls)) == zmq.strerror(NUMBERS[cls])


def test_interruption_is_the_builtin_one_too():
    assert issubclass(zmq.error.InterruptedSystemCall, InterruptedError)
    with pytest.raises(InterruptedError):
        raise zmq.error.InterruptedSystemCall


def test_table_of_classes():
    assert {number: cls for cls, number in NUMBERS.items()} == zmq.error.ERROR_CLASSES
    assert all(type(number) is int for number in zmq.error.ERROR_CLASSES)


def test_again_from_a_socket():
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        with pytest.raises(zmq.Again) as caught:
            socket.recv(zmq.NOBLOCK)
        assert describe(caught.value) == describe(zmq.Again())
        assert describe(pickle.loads(pickle.dumps(caught.value))) == describe(zmq.Again())


def test_class_without_number_has_no_text():
    assert zmq.ZMQError.errno is None
    assert zmq.ZMQError.strerror == ""
    assert str(make_without_init(zmq.ZMQError)) == ""


# -- pickling and copying ------------------------------------------------------------------------


def annotated(error):
    error.strerror = "with a text"
    error.more = "and an attribute"
    return error


EXAMPLES = [
    zmq.ZMQError(errno.EINVAL),
    zmq.ZMQError(errno.EINVAL, "what"),
    zmq.ZMQError("what"),
    zmq.ZMQError(),
    zmq.ZMQBindError("no port"),
    zmq.NotDone(),
    zmq.error.ZMQThreadError("two threads"),
    zmq.SignatureError("not signed"),
    zmq.SecurityWarning("everybody can"),
    *[make(cls) for cls in FIXED for make in (make_fully, make_without_init)],
    *[annotated(make(cls)) for cls in FIXED for make in (make_fully, make_without_init)],
    zmq.ZMQVersionError("4.3.2"),
    zmq.ZMQVersionError((4, 3, 2), "socket.frob"),
    zmq.ZMQVersionError(None, "built without frob"),
    zmq.error.DraftFDWarning(),
    zmq.error.DraftFDWarning("what"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=repr)
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *[
            lambda error, p=protocol: pickle.loads(pickle.dumps(error, p))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ],
    ],
)
def test_duplicates_say_the_same(error, duplicate):
    other = duplicate(error)
    assert type(other) is type(error)
    assert (str(other), repr(other), other.args) == (str(error), repr(error), error.args)
    for name in ("errno", "strerror", "more", "msg", "min_version", "version"):
        assert getattr(other, name, None) == getattr(error, name, None)


@pytest.mark.parametrize("name", zmq.error.__all__)
def test_every_class_has_a_signature(name):
    assert inspect.signature(getattr(zmq.error, name)).parameters


# -- the other classes ---------------------------------------------------------------------------


def test_version_error():
    error = zmq.ZMQVersionError("99.1", "socket.frob")
    assert isinstance(error, NotImplementedError)
    assert (error.min_version, error.msg) == ("99.1", "socket.frob")
    assert error.version == zmq.zmq_version()
    for part in ("socket.frob", "99.1", zmq.zmq_version()):
        assert part in str(error)
        assert part in repr(error)


def test_version_error_without_feature():
    assert str(zmq.ZMQVersionError((99, 1, 0))).startswith("Feature requires libzmq >= 99.1.0")
    assert str(zmq.ZMQVersionError(min_version="99.1", msg="frob")).startswith("frob requires")


def test_version_error_with_a_message_of_its_own():
    assert str(zmq.ZMQVersionError(None, "built without frob")) == "built without frob"


@pytest.mark.parametrize("cls", [zmq.ZMQError, zmq.ZMQBindError, zmq.NotDone])
def test_common_base(cls):
    assert issubclass(cls, zmq.error.ZMQBaseError)
    assert not issubclass(zmq.ZMQBindError, zmq.ZMQError)


def test_bad_signature_is_a_value_error():
    assert issubclass(zmq.SignatureError, ValueError)
    assert issubclass(zmq.SignatureError, zmq.error.ZMQBaseError)
    assert issubclass(zmq.SecurityWarning, UserWarning)
    assert (zmq.SignatureError, zmq.SecurityWarning) == (
        zmq.error.SignatureError,
        zmq.error.SecurityWarning,
    )


def test_draft_warning_can_be_silenced():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(zmq.error.DraftFDWarning(), stacklevel=1)
        warnings.simplefilter("ignore", zmq.error.DraftFDWarning)
        warnings.warn(zmq.error.DraftFDWarning(), stacklevel=1)
    assert len(caught) == 1
    assert issubclass(caught[0].category, RuntimeWarning)
    assert "DraftFDWarning" in str(caught[0].message)


def test_errors_work_before_there_is_a_backend():
    package = Path(zmq.error.__file__).parent
    code = (
        "import sys, types\n"
        "package = types.ModuleType('zmq')\n"
        f"package.__path__ = [{os.fspath(package)!r}]\n"
        "sys.modules['zmq'] = package\n"
        "import zmq.error as e\n"
        "for what in e.Again(), e.ZMQError(22), e.ZMQError().errno, e.ZMQVersionError('9.9'):\n"
        "    print(what)\n"
        "assert not [name for name in sys.modules if name.startswith('zmq.backend')]\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    again, invalid, number, version = result.stdout.splitlines()
    assert again == os.strerror(errno.EAGAIN)
    assert invalid == os.strerror(22)
    assert number == "0"
    assert version == "Feature requires libzmq >= 9.9"
