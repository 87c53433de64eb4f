# SPDX-License-Identifier: BSD-3-Clause
"""Mistakes on the command line and in the file it names: a line that says what is wrong."""

import pytest

import zmq

ANY = "tcp://127.0.0.1:0"
BOTH = ("--bind-in", ANY, "--bind-out", ANY)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("device = ", "broker.toml"),
        ("device = 'fax'", "'fax' is none of queue"),
        ("device = ['queue']", "['queue'] is none of queue"),
        ("[device]\nname = 'queue'", "is none of queue"),
        ("colour = 'red'", "colour: no such setting"),
        ("in = 5", "[in]"),
        ("[in]\ncolour = 'red'", "in.colour: no such setting"),
        ("[in]\nbind = 5", "in.bind: 5 is not text or a list"),
        ("[in]\ntype = ['PULL']", "in.type: ['PULL'] is not text"),
        ("interval = 'often'", "interval: 'often' is not a number"),
        ("io-threads = 1.5", "io-threads: 1.5 is not a whole number"),
        ("linger = true", "linger"),
    ],
)
def test_mistakes_in_the_file(fails, config, text, says):
    assert says in fails(2, *config(text))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "which device"),
        (["fax"], "invalid choice"),
        (["queue"], "--bind-in"),
        (["queue", "--bind-in", ANY], "--bind-out"),
        (["queue", *BOTH, "--type-in", "FAX"], "'FAX' is not a type of socket"),
        (["queue", *BOTH, "--set-in", "RCVHWM"], "OPTION=VALUE"),
        (["queue", *BOTH, "--set-in", "COLOUR=1"], "OPTION=VALUE"),
        (["queue", *BOTH, "--set-in", "RCVHWM=many"], "RCVHWM takes a whole number"),
        (["queue", *BOTH, "--prefix-in", "x"], "monitored"),
        (["queue", *BOTH, "--type-mon", "PUB"], "mon: settings, but no endpoint"),
        (["queue", "--bind-in", "tcp://127.0.0.1:70000", "--bind-out", ANY], "127.0.0.1:70000"),
        (["queue", "--bind-in", ANY, "--connect-out", "tcp://127.0.0.1:80x"], "127.0.0.1:80x"),
        (["queue", "--bind-in", ANY, "--connect-out", "tcp://127.0.0.1:-1"], "127.0.0.1:-1"),
        (["queue", *BOTH, "--interval", "-1"], "interval"),
        (["queue", *BOTH, "--interval", "nan"], "interval"),
        (["queue", *BOTH, "--interval", "inf"], "interval"),
        (["queue", *BOTH, "--interval", "1e300"], "interval"),
        (["queue", *BOTH, "--io-threads", "0"], "io-threads"),
        (["queue", *BOTH, "--io-threads", "100000000"], "io-threads"),
        (["queue", *BOTH, "--linger", "99999999999"], "linger"),
        (["queue", *BOTH, "--curve-secret-in", "short"], "40 characters"),
        (["queue", *BOTH, "--curve-server-in", "é" * 40], "40 characters"),
        (["queue", *BOTH, "--curve-secret-in", "env:NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (["queue", *BOTH, "--curve-secret-in", "file:/no/such/file"], "/no/such/file"),
        (["--config", "/no/such/file"], "/no/such/file"),
        (["queue", *BOTH, "--bind"], "--bind"),
    ],
)
def test_wrong_arguments(fails, arguments, says):
    assert says in fails(2, *arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["queue", "--bind-in", "nonsense", "--bind-out", ANY], "nonsense"),
        (["queue", "--bind-in", "tcp://127.0.0.1:1:2", "--bind-out", ANY], "127.0.0.1:1:2"),
        (["queue", *BOTH, "--type-in", "PULL", "--type-out", "PULL"], "PULL"),
        (["queue", *BOTH, "--set-in", "SUBSCRIBE=x"], "SUBSCRIBE"),
        (["queue", *BOTH, "--bind-ctrl", ANY, "--type-ctrl", "PUSH"], "PUSH"),
    ],
)
def test_what_libzmq_refuses(fails, arguments, says):
    assert says in fails(1, *arguments)


def test_an_address_in_use(fails, socket, bind):
    address = bind(socket(zmq.PULL), "tcp")
    assert address in fails(1, "queue", "--bind-in", address, "--bind-out", ANY)


def test_a_secret_key_is_never_shown(fails):
    _, secret = zmq.curve_keypair()
    wrong = secret.decode()[:-1]
    assert wrong not in fails(2, "queue", *BOTH, "--curve-secret-in", wrong)
