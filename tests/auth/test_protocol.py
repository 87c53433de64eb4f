# SPDX-License-Identifier: BSD-3-Clause
"""ZAP as RFC 27 has it: what is granted, refused with 400, or dropped, and that it goes on."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zmq
from zmq.auth import CURVE_ALLOW_ANY, Authenticator

NULL = (b"1.0", b"7", b"domain", b"127.0.0.1", b"", b"NULL")
KEY = bytes(range(32))


def with_frame(number, frame):
    return (*NULL[:number], frame, *NULL[number + 1 :])


def plain(name=b"ann", password=b"secret"):
    return (*NULL[:5], b"PLAIN", name, password)


def test_the_frames_of_a_reply(auth, ask):
    assert ask(*NULL) == [b"1.0", b"7", b"200", b"OK", b"anonymous", b""]
    auth.configure_plain("*", {"ann": "secret"})
    assert ask(*plain()) == [b"1.0", b"7", b"200", b"OK", b"ann", b""]
    assert ask(*plain(b"bob")) == [b"1.0", b"7", b"400", b"No access", b"", b""]


@pytest.mark.parametrize("request_id", [b"", b"\0\xff", b"x" * 255])
def test_the_request_id_is_anything(auth, ask, request_id):
    assert ask(*with_frame(1, request_id))[1:3] == [request_id, b"200"]


MALFORMED = {
    "only version and id": NULL[:2],
    "domain only": NULL[:3],
    "no identity": NULL[:4],
    "no mechanism": NULL[:5],
    "older version": with_frame(0, b"0.9"),
    "no version": with_frame(0, b""),
    "long version": with_frame(0, b"1.0" * 1000),
    "long id": with_frame(1, b"7" * 256),
    "domain not utf-8": with_frame(2, b"\xff\xfe"),
    "domain with nul": with_frame(2, b"domain\0"),
    "long domain": with_frame(2, b"d" * 256),
    "address not utf-8": with_frame(3, b"\xc0\x80"),
    "long address": with_frame(3, b"1" * 100_000),
    "long identity": with_frame(4, b"i" * 256),
    "unknown mechanism": with_frame(5, b"KERBEROS"),
    "mechanism in lower case": with_frame(5, b"null"),
    "mechanism not ascii": with_frame(5, "NÜLL".encode()),
    "empty mechanism": with_frame(5, b""),
    "null with credentials": (*NULL, b"x"),
    "plain without password": plain()[:7],
    "plain with more": (*plain(), b"x"),
    "long name": plain(b"a" * 256),
    "long password": plain(b"ann", b"p" * 256),
    "name not utf-8": plain(b"\xff"),
    "curve without key": (*NULL[:5], b"CURVE"),
    "curve with a short key": (*NULL[:5], b"CURVE", KEY[:-1]),
    "curve with a long key": (*NULL[:5], b"CURVE", KEY + b"x"),
    "curve with two keys": (*NULL[:5], b"CURVE", KEY, KEY),
    "gssapi without principal": (*NULL[:5], b"GSSAPI"),
    "principal not utf-8": (*NULL[:5], b"GSSAPI", b"\xff"),
    "principal with nul": (*NULL[:5], b"GSSAPI", b"root\0@X"),
    "long principal": (*NULL[:5], b"GSSAPI", b"p" * 1025),
    "many frames": (*NULL, *[b"x"] * 10_000),
}


@pytest.mark.parametrize("frames", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_refused(make_auth, ask, decisions, frames):
    auth = make_auth()
    auth.configure_plain("*", {"ann": "secret"})
    auth.configure_curve("*", CURVE_ALLOW_ANY)
    assert ask(*frames) == [b"1.0", frames[1], b"400", b"No access", b"", b""]
    assert ask(*NULL)[2] == b"200"
    refused, allowed = decisions()
    assert (refused.allowed, refused.status, allowed.allowed) == (False, 400, True)
    assert refused.reason


@pytest.mark.parametrize("frames", [[b""], [b"", b"1.0"], [b"1.0", b"7"], [b"x"], list(NULL)])
def test_what_nobody_can_be_answered_for_is_dropped(auth, ask, records, wait_for, frames):
    ask.socket.send_multipart(frames)
    wait_for(lambda: [each for each in records if "dropped" in each.getMessage()], 10)
    assert ask(*NULL)[2] == b"200"
    assert not ask.socket.poll(20)


def test_gssapi_lets_in_whom_kerberos_knows(auth, ask):
    auth.configure_gssapi("*", None)
    reply = ask(*NULL[:5], b"GSSAPI", b"ann@EXAMPLE.COM")
    assert reply[2:5] == [b"200", b"OK", b"ann@EXAMPLE.COM"]
    auth.deny("127.0.0.1")
    assert ask(*NULL[:5], b"GSSAPI", b"ann@EXAMPLE.COM")[2] == b"400"


@pytest.mark.parametrize(
    ("method", "network", "address", "status"),
    [
        ("allow", "10.1.0.0/16", "10.1.2.3", 200),
        ("allow", "10.1.0.0/16", "10.2.2.3", 400),
        ("allow", "10.1.2.3", "::ffff:10.1.2.3", 200),
        ("allow", "::ffff:10.1.0.0/112", "10.1.9.9", 200),
        ("allow", "::ffff:10.1.2.3", "10.1.2.3", 200),
        ("deny", "::ffff:0:0/96", "10.1.2.3", 400),
        ("allow", "fe80::/10", "fe80::1%eth0", 200),
        ("allow", "fe80::1%eth1", "fe80::1%eth0", 200),
        ("allow", "fe80::%eth0/64", "fe80::2", 200),
        ("allow", "::/0", "10.1.2.3", 400),
        ("allow", "2001:db8::/32", "2001:0DB8:0:0::1", 200),
        ("allow", "127.0.0.1", "localhost:0:0:77", 400),
        ("allow", "0.0.0.0/0", "", 400),
        ("deny", "0.0.0.0/0", "localhost:0:0:77", 200),
        ("deny", "10.0.0.0/8", "::ffff:10.1.2.3", 400),
    ],
)
def test_addresses(make_auth, ask, method, network, address, status):
    getattr(make_auth(), method)(network)
    assert int(ask(*with_frame(3, address.encode()))[2]) == status


@pytest.mark.parametrize("method", ["allow", "deny"])
@pytest.mark.parametrize(
    "wrong", ["localhost", "", "10.0.0.0/33", "10.0.0.1.2", b"10.0.0.1", 7, None]
)
def test_what_is_no_address_is_said_so(context, method, wrong):
    auth = Authenticator(context)
    with pytest.raises(ValueError, match="is no IP address or network"):
        getattr(auth, method)("10.0.0.1", wrong)
    getattr(auth, "deny" if method == "allow" else "allow")("10.0.0.1")  # nothing was changed


def test_a_network_given_by_a_host_suggests_it(context):
    with pytest.raises(ValueError, match="did you mean '10.1.2.0/24'"):
        Authenticator(context).allow("10.1.2.3/24")


def test_allow_and_deny_exclude_one_another(context):
    auth = Authenticator(context)
    auth.allow("10.0.0.1")
    with pytest.raises(ValueError, match="not both"):
        auth.deny("10.0.0.2")
    auth.deny()
    other = Authenticator(context)
    other.deny("10.0.0.1")
    with pytest.raises(ValueError, match="not both"):
        other.allow("10.0.0.2")


def test_without_a_loop_one_may_handle_messages_oneself(context, ask):
    with Authenticator(context) as auth:
        asked = []
        auth.configure_curve_callback("*", lambda domain, key: asked.append(domain) or True)
        for frames in (NULL, (*with_frame(2, b"")[:5], b"CURVE", KEY)):
            ask.send(*frames)
            asyncio.run(auth.handle_zap_message(auth.zap_socket.recv_multipart()))
            assert ask.receive()[2] == b"200"
        assert asked == ["*"]
    asyncio.run(auth.handle_zap_message([b"", b"", *NULL]))  # stopped: decided, not sent


texts = st.sampled_from(
    [b"", b"1.0", b"7", b"*", b"127.0.0.1", b"NULL", b"PLAIN", b"CURVE", b"GSSAPI"]
)
frames = st.lists(st.one_of(texts, st.binary(max_size=300)), max_size=12)


def test_any_frames_are_answered_or_dropped(make_auth, ask, decisions):
    auth = make_auth()
    auth.configure_plain("*", {"ann": "secret"})
    auth.configure_curve("*", CURVE_ALLOW_ANY)

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(frames)
    def check(parts):
        ask.send(*parts)
        ask.send(*NULL)
        replies = [ask.receive()]
        if len(parts) >= 2:
            replies.append(ask.receive())
            assert sorted(each[1] for each in replies) == sorted([parts[1], b"7"])
        assert [each for each in replies if each[1:3] == [b"7", b"200"]]
        for reply in replies:
            assert len(reply) == 6
            assert reply[2] in (b"200", b"400")

    check()
    assert auth.is_alive()
    assert all(each.status in (200, 400) for each in decisions())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=9))
def test_any_message_is_handled_without_an_error(parts):
    with zmq.Context() as context:
        asyncio.run(Authenticator(context).handle_zap_message(parts))
