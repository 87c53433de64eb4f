# SPDX-License-Identifier: BSD-3-Clause
"""The names and signatures of authenticators, and that core does without them."""

import asyncio
import importlib
import inspect

import pytest

import zmq
from zmq import auth
from zmq.auth import base, certs
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.auth.ioloop import IOLoopAuthenticator
from zmq.auth.thread import AuthenticationThread, ThreadAuthenticator

CLASSES = [auth.Authenticator, ThreadAuthenticator, AsyncioAuthenticator, IOLoopAuthenticator]

METHODS = {
    "allow": {"addresses": inspect.Parameter.empty},
    "deny": {"addresses": inspect.Parameter.empty},
    "configure_plain": {"domain": "*", "passwords": None},
    "configure_curve": {"domain": "*", "location": "."},
    "configure_curve_callback": {"domain": "*", "credentials_provider": None},
    "configure_gssapi": {"domain": "*", "location": None},
    "curve_user_id": {"client_public_key": inspect.Parameter.empty},
    "handle_zap_message": {"msg": inspect.Parameter.empty},
    "start": {},
    "stop": {},
}


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("method", METHODS)
def test_methods(cls, method):
    found = list(inspect.signature(getattr(cls, method)).parameters.values())[1:]
    positional = {each.name: each.default for each in found if each.kind != each.KEYWORD_ONLY}
    assert positional == METHODS[method]
    assert inspect.iscoroutinefunction(getattr(cls, method)) == (method == "handle_zap_message")


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (auth.Authenticator, {"context": None, "encoding": "utf-8", "log": None}),
        (ThreadAuthenticator, {"context": None, "encoding": "utf-8", "log": None}),
        (
            AsyncioAuthenticator,
            {"context": None, "loop": None, "encoding": "utf-8", "log": None},
        ),
        (
            IOLoopAuthenticator,
            {"context": None, "encoding": "utf-8", "log": None, "io_loop": None},
        ),
    ],
)
def test_constructors(cls, parameters):
    found = inspect.signature(cls).parameters.values()
    assert {each.name: each.default for each in found if each.name != "on_decision"} == parameters


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (auth.create_certificates, ["key_dir", "name", "metadata"]),
        (auth.load_certificate, ["filename"]),
        (auth.load_certificates, ["directory"]),
        (
            certs._write_key_file,
            ["key_filename", "banner", "public_key", "secret_key", "metadata", "encoding"],
        ),
        (AuthenticationThread, ["authenticator", "pipe"]),
    ],
)
def test_functions(function, names):
    found = inspect.signature(function).parameters.values()
    assert [each.name for each in found if each.kind != each.KEYWORD_ONLY] == names


def test_names_in_use():
    assert base.Authenticator is auth.Authenticator
    assert base.CURVE_ALLOW_ANY == auth.CURVE_ALLOW_ANY == "*"
    assert base.VERSION == b"1.0"
    assert base.load_certificates is certs.load_certificates is auth.load_certificates
    assert certs.load_certificate is auth.load_certificate
    assert certs._cert_public_banner.format("now") != certs._cert_secret_banner.format("now")
    for module in ("zmq.auth.asyncio", "zmq.auth.thread"):
        assert importlib.import_module(module).Authenticator is auth.Authenticator
    assert importlib.import_module("zmq.auth.asyncio").Poller is zmq.asyncio.Poller
    assert all(issubclass(cls, auth.Authenticator) for cls in CLASSES)
    assert all(hasattr(auth, name) for name in auth.__all__)


def test_the_context_is_the_global_one_unless_it_is_given(context):
    assert ThreadAuthenticator(context).context is context
    with zmq.Context.instance() as instance:
        for cls in (auth.Authenticator, ThreadAuthenticator, AsyncioAuthenticator):
            assert cls().context is instance
            assert cls().encoding == "utf-8"
            assert cls().log.name == "zmq.auth"


def test_parameters_by_position(context):
    log = auth.Authenticator(context).log
    for cls in (auth.Authenticator, ThreadAuthenticator):
        assert cls(context, "latin-1", log).encoding == "latin-1"
    assert AsyncioAuthenticator(context, None, "latin-1", log).encoding == "latin-1"


def test_another_encoding(context):
    heard = []
    authenticator = auth.Authenticator(context, "latin-1", on_decision=heard.append)
    authenticator.configure_plain("Büro", {"änn": "sécret"})
    texts = ["Büro", "127.0.0.1", "", "PLAIN", "änn", "sécret"]
    frames = [b"peer", b"", b"1.0", b"1", *(each.encode("latin-1") for each in texts)]
    asyncio.run(authenticator.handle_zap_message(frames))
    assert [(each.allowed, each.user_id) for each in heard] == [(True, "änn")]


@pytest.mark.parametrize("provider", [None, 7, object(), "callback"])
def test_what_cannot_decide_is_refused(context, provider):
    with pytest.raises(TypeError, match=r"callback\(domain, key\)"):
        auth.Authenticator(context).configure_curve_callback("*", provider)


def test_core_does_not_load_it(output):
    code = """
        import sys, zmq
        zmq.Context().term()
        print([name for name in sys.modules if name.startswith("zmq.auth")])
    """
    assert output(code) == "[]\n"


def test_importing_it_starts_nothing_and_no_loop_is_loaded(output):
    code = """
        import threading, sys, zmq.auth
        print(threading.active_count(), [n for n in ("argparse", "asyncio") if n in sys.modules])
    """
    assert output(code) == "1 []\n"
