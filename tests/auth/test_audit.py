# SPDX-License-Identifier: BSD-3-Clause
"""The audit trail: one record for each decision, and `on_decision`; and no secret anywhere."""

import asyncio
import logging
import threading
import time
import traceback

import pytest

import zmq
from zmq.auth import Authenticator, Decision, create_certificates, load_certificate

NULL = (b"1.0", b"7", b"domain", b"10.1.2.3", b"", b"NULL")

#: Seconds.  It is one where nothing else goes on; what is in its way here would take thirty.
PROMPT = 10

SECRET = "sw0rdfish-sécret"


def plain(name, password):
    return (*NULL[:5], b"PLAIN", name.encode(), password.encode())


def curve(key):
    return (*NULL[:5], b"CURVE", zmq.utils.z85.decode(key))


def test_one_record_for_each_decision(auth, ask, records, wait_for):
    before = time.time()
    auth.configure_plain("*", {"ann": SECRET})
    ask(*plain("ann", SECRET))
    ask(*plain("ann", "guess"))
    ask(*NULL[:5], b"NONSENSE")
    auth.configure_curve_callback("domain", lambda domain, key: 1 / 0)
    public, _ = zmq.curve_keypair()
    ask(*curve(public))
    levels = [(each.name, each.levelname) for each in records]
    names = ["INFO", "WARNING", "WARNING", "ERROR"]
    assert levels == [("zmq.auth", name) for name in names]
    decisions = [each.decision for each in records]
    assert all(before <= each.time <= time.time() for each in decisions)
    assert [tuple(each)[1:-1] for each in decisions] == [
        ("domain", "10.1.2.3", "PLAIN", "ann", True, 200),
        ("domain", "10.1.2.3", "PLAIN", "ann", False, 400),
        ("domain", "10.1.2.3", "", "", False, 400),
        ("domain", "10.1.2.3", "CURVE", public.decode(), False, 500),
    ]
    text = records[0].getMessage()
    assert text == (
        "allowed PLAIN user='ann' address='10.1.2.3' domain='domain': the password is right"
    )
    assert "ZeroDivisionError" in records[3].getMessage()


def test_reasons(make_auth, ask, decisions, tmp_path):
    auth = make_auth()
    (keys := tmp_path / "keys").mkdir()
    create_certificates(keys, "ann")
    known, _ = load_certificate(keys / "ann.key")
    unknown, _ = zmq.curve_keypair()
    ask(*NULL)
    ask(*curve(known))
    ask(*plain("ann", "x"))
    auth.configure_curve("*", keys)
    ask(*curve(known))
    ask(*curve(unknown))
    auth.configure_plain("*", {})
    ask(*plain("ann", "x"))
    auth.deny("10.0.0.0/8")
    ask(*NULL)
    assert [each.reason for each in decisions()] == [
        "the address is not refused",
        "no CURVE rule for the domain",
        "no PLAIN rule for the domain",
        "the key is that of 'ann.key'",
        "no certificate has the key",
        "no such user, or not his password",
        "the address is a denied one",
    ]


def test_strangers_cannot_forge_records(make_auth, ask, records):
    make_auth().configure_plain("*", {})
    ask(*plain("x'\n2026 INFO allowed CURVE\x1b[2J", "y"))
    ask(*NULL[:5], b"NU\r\nLL")
    assert all(each.getMessage().isprintable() for each in records)
    assert len(records) == 2


def test_a_log_of_ones_own(make_auth, ask, records):
    mine = []
    handler = logging.Handler()
    handler.emit = mine.append
    log = logging.Logger("mine")
    log.addHandler(handler)
    make_auth(log=log)
    ask(*NULL)
    assert (len(mine), records) == (1, [])


@pytest.mark.parametrize("kind", ["thread", "asyncio"])
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_on_decision(make_auth, ask, decisions, wait_for, kind, is_async):
    heard = []

    async def hear(decision):
        await asyncio.sleep(0)
        heard.append(decision)

    make_auth(kind, on_decision=hear if is_async else heard.append)
    for number in range(50):
        ask(*NULL[:3], b"10.0.0.%d" % number, *NULL[4:])
    wait_for(lambda: len(heard) == 50, 10)
    assert heard == decisions()
    assert all(isinstance(each, Decision) for each in heard)
    assert heard[7].address == "10.0.0.7"


@pytest.mark.parametrize("kind", ["thread", "asyncio"])
def test_on_decision_that_fails(make_auth, ask, records, wait_for, kind):
    heard = []

    def hear(decision):
        heard.append(decision)
        raise SystemExit("no")

    auth = make_auth(kind, on_decision=hear)
    for _ in range(3):
        assert ask(*NULL)[2] == b"200"
    wait_for(lambda: len(heard) == 3, 10)
    wait_for(lambda: len([each for each in records if each.exc_info]) == 3, 10)
    assert auth.is_alive()


@pytest.mark.parametrize("kind", ["thread", "asyncio"])
def test_on_decision_that_is_slow_holds_up_nobody(make_auth, ask, wait_for, kind):
    release, heard = threading.Event(), []

    def hear(decision):
        release.wait(30)
        heard.append(decision)

    make_auth(kind, on_decision=hear)
    for _ in range(20):
        assert ask(*NULL)[2] == b"200"
    assert not heard
    release.set()
    wait_for(lambda: len(heard) == 20, 10)


def test_on_decision_hears_the_last_ones_before_stop_returns(make_auth, ask):
    heard = []

    async def hear(decision):
        await asyncio.sleep(0.001)
        heard.append(decision)

    auth = make_auth(on_decision=hear)
    auth._teller_timeout = 10  # seconds; it is short, and this machine may be busy
    for _ in range(20):
        ask(*NULL)
    auth.stop()
    assert len(heard) == 20


def test_stop_does_not_wait_long_for_on_decision(make_auth, ask):
    release = threading.Event()
    auth = make_auth(on_decision=lambda decision: release.wait(30))
    ask(*NULL)
    start = time.monotonic()
    auth.stop()
    assert time.monotonic() - start < PROMPT
    release.set()


def test_without_a_loop(context, ask):
    heard = []
    with Authenticator(context, on_decision=heard.append) as auth:
        ask.send(*NULL)
        asyncio.run(auth.handle_zap_message(auth.zap_socket.recv_multipart()))
    assert [each.allowed for each in heard] == [True]


# -- secrets -------------------------------------------------------------------------------------


def everything_shown(records):
    """All texts that the records, and what hangs on them, could turn into."""
    formatter = logging.Formatter()
    yield from map(formatter.format, records)
    yield from (repr(vars(each)) for each in records)
    for each in records:
        if each.exc_info:
            lines = traceback.TracebackException(*each.exc_info, capture_locals=False).format()
            yield "".join(lines)


def test_no_password_is_shown(auth, ask, records, tmp_path):
    class Strange(dict):
        def get(self, name, default=None):
            raise LookupError("the database is down")

    file = tmp_path / "passwords"
    file.write_text(f"ann={SECRET}\n{SECRET}\n=x{SECRET}\n", encoding="utf-8")
    replies = []
    for passwords in ({"ann": SECRET}, Strange(ann=SECRET), {"ann": 7}, file):
        auth.configure_plain("*", passwords)
        for guess in (SECRET, SECRET[:-1] + "T"):
            replies.append(ask(*plain("ann", guess)))
    replies.append(ask(*plain("ann", SECRET), b"more"))
    replies.append(ask(*NULL[:4], SECRET.encode() * 20, b"PLAIN", b"ann", SECRET.encode()))
    statuses = [int(each[2]) for each in replies]
    assert statuses == [200, 400, 500, 500, 500, 500, 200, 400, 400, 400]
    for text in [*everything_shown(records), *map(repr, replies)]:
        assert SECRET[:8] not in text
        assert SECRET.encode()[:8].hex() not in text


def test_no_password_is_in_a_repr(make_auth, tmp_path):
    file = tmp_path / "passwords"
    file.write_text(f"ann={SECRET}", encoding="utf-8")
    auth = make_auth()
    auth.configure_plain("*", {"ann": SECRET})
    auth.configure_plain("file", file)
    things = [auth, vars(auth), auth._plain, vars(auth._plain)]
    assert "sw0rd" not in repr(things)


def test_requests_do_not_show_credentials():
    from zmq.auth._zap import read_request

    request = read_request([b"peer", b"", *plain("ann", SECRET)], "utf-8")
    assert "sw0rd" not in repr(request)
    assert "ann" not in repr(request)


def test_no_secret_key_is_shown(tmp_path):
    from zmq.auth._keyfile import read_certificate

    _, secret = create_certificates(tmp_path, "ann")
    key = load_certificate(secret)[1].decode()
    assert key not in repr(read_certificate(secret))
    damaged = tmp_path / "damaged.key"
    for line in (
        f'    secret-key = "{key}',
        f'    secret-key = "{key}x"',
        f"secret-key = {key[1:]}",
    ):
        damaged.write_text(f'curve\n    public-key = "{"x" * 40}"\n{line}\n')
        with pytest.raises(ValueError, match=r"damaged\.key.*line 3") as caught:
            load_certificate(damaged)
        chain = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
        assert key[2:20] not in chain
    damaged.write_bytes(f'curve\n    secret-key = "{key}"\n\xff'.encode("latin-1"))
    with pytest.raises(ValueError, match="not UTF-8") as caught:
        load_certificate(damaged)
    assert caught.value.__suppress_context__
    assert key[2:20] not in repr(vars(caught.value)) + str(caught.value)
