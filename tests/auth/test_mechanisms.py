# SPDX-License-Identifier: BSD-3-Clause
"""Each mechanism, allowed and refused, over tcp and with clients in another process."""

import functools

import pytest

import zmq
from zmq.auth import CURVE_ALLOW_ANY

REFUSED = 400


def test_null_is_let_in_as_anonymous(auth, server, clients):
    s, endpoint = server(zap_domain=b"global")
    assert clients({"endpoint": endpoint}) == [0]
    frame = s.recv(copy=False)
    assert (frame.get("User-Id"), frame.bytes) == ("anonymous", b"hello")


def test_null_is_refused_by_address(auth, server, clients):
    _, endpoint = server(zap_domain=b"global")
    auth.deny("127.0.0.1")
    assert clients({"endpoint": endpoint}) == [REFUSED]


def test_null_without_a_domain_is_not_asked_about(auth, server, clients, decisions):
    _, endpoint = server()
    auth.deny("127.0.0.1")
    assert clients({"endpoint": endpoint}) == [0]
    assert decisions() == []


@pytest.fixture
def plain(server):
    """`plain(domain)`: a PLAIN server, and what a client must have to reach it."""

    def plain(domain=b""):
        s, endpoint = server(plain_server=1, zap_domain=domain)
        return s, lambda name, password: {
            "endpoint": endpoint,
            "PLAIN_USERNAME": name,
            "PLAIN_PASSWORD": password,
        }

    return plain


def test_plain(auth, plain, clients):
    s, client = plain()
    assert clients(client("ann", "secret")) == [REFUSED]
    auth.configure_plain("*", {"ann": "sécret", "bob": "other"})
    wanted = [("ann", "sécret"), ("bob", "sécret"), ("cid", "sécret"), ("ann", "secret")]
    assert clients(*(client(*each) for each in wanted)) == [0, REFUSED, REFUSED, REFUSED]
    assert s.recv(copy=False).get("User-Id") == "ann"


def test_plain_server_refuses_other_mechanisms(auth, plain, clients):
    s, client = plain()
    auth.configure_plain("*", {"ann": "x"})
    (fate,) = clients({"endpoint": client("", "")["endpoint"]})
    assert fate not in (0, REFUSED)


def test_plain_by_domain(auth, plain, clients):
    _, inner = plain(b"inner")
    _, outer = plain(b"outer")
    auth.configure_plain("*", {"ann": "everywhere"})
    auth.configure_plain("inner", {"ann": "inside"})
    wanted = [inner("ann", "inside"), inner("ann", "everywhere")]
    wanted += [outer("ann", "inside"), outer("ann", "everywhere")]
    assert clients(*wanted) == [0, REFUSED, REFUSED, 0]


def test_curve_by_directory(auth, curve, certificates, clients):
    s, client = curve()
    (ann,) = certificates("ann")
    stranger = zmq.curve_keypair()
    assert clients(client(ann)) == [REFUSED]
    auth.configure_curve("*", certificates.path)
    assert clients(client(ann), client(stranger)) == [0, REFUSED]
    assert s.recv(copy=False).get("User-Id") == ann[0].decode()


def test_curve_with_any_key(auth, curve, clients):
    s, client = curve(b"some")
    auth.configure_curve(domain="*", location=CURVE_ALLOW_ANY)
    assert clients(client(zmq.curve_keypair())) == [0]


def test_curve_with_a_wrong_server_key(auth, curve, clients, decisions):
    _, client = curve()
    auth.configure_curve("*", CURVE_ALLOW_ANY)
    wrong = client(zmq.curve_keypair(), CURVE_SERVERKEY=zmq.curve_keypair()[0].decode())
    (fate,) = clients(wrong)
    assert fate < 0
    assert decisions() == []  # it never came so far
    assert clients(client(zmq.curve_keypair())) == [0]


def test_curve_server_refuses_clients_without_curve(auth, curve, clients):
    _, client = curve()
    auth.configure_curve("*", CURVE_ALLOW_ANY)
    (fate,) = clients({"endpoint": client((b"", b""))["endpoint"]})
    assert fate not in (0, REFUSED)


def test_curve_by_domain(auth, curve, certificates, clients):
    _, inner = curve(b"inner")
    _, outer = curve(b"outer")
    (ann,) = certificates("ann")
    auth.configure_curve("inner", certificates.path)
    auth.configure_curve("*", CURVE_ALLOW_ANY)
    stranger = zmq.curve_keypair()
    wanted = [inner(ann), inner(stranger), outer(ann), outer(stranger)]
    assert clients(*wanted) == [0, REFUSED, 0, 0]


class Provider:
    def __init__(self, *keys):
        self.keys = keys
        self.asked = []

    def callback(self, domain, key):
        self.asked.append((domain, key))
        return key in self.keys


class AsyncProvider(Provider):
    async def callback(self, domain, key):
        return Provider.callback(self, domain, key)


@pytest.mark.parametrize("provider_class", [Provider, AsyncProvider])
def test_curve_by_callback(auth, curve, clients, provider_class):
    s, client = curve(b"inner")
    ann, stranger = zmq.curve_keypair(), zmq.curve_keypair()
    provider = provider_class(ann[0])
    auth.configure_curve_callback("*", provider)
    assert clients(client(ann), client(stranger)) == [0, REFUSED]
    assert sorted(provider.asked) == sorted([("inner", ann[0]), ("inner", stranger[0])])
    assert s.recv(copy=False).get("User-Id") == ann[0].decode()


@pytest.mark.parametrize(
    "function",
    [
        lambda domain, key: domain == "*",
        functools.partial(AsyncProvider.callback, Provider(None)),
        lambda domain, key: AsyncProvider(key).callback(domain, key),
    ],
    ids=["plain", "async partial", "returns a coroutine"],
)
def test_a_callback_may_be_any_callable(auth, curve, clients, function):
    _, client = curve()
    auth.configure_curve_callback(credentials_provider=function)
    fate = REFUSED if isinstance(function, functools.partial) else 0
    assert clients(client(zmq.curve_keypair())) == [fate]


def test_user_ids_may_be_chosen(context, make_auth, curve, clients, certificates, records):
    from zmq.auth.thread import ThreadAuthenticator

    class Named(ThreadAuthenticator):
        def curve_user_id(self, client_public_key):
            assert len(client_public_key) == 32
            return "Änn"

    (ann,) = certificates("ann")
    s, client = curve()
    with Named(context) as auth:
        auth.configure_curve("*", certificates.path)
        assert clients(client(ann)) == [0]
        assert s.recv(copy=False).get("User-Id") == "Änn"


@pytest.mark.parametrize(
    ("method", "addresses", "fate"),
    [
        ("allow", ["127.0.0.1"], 0),
        ("allow", ["127.0.0.0/8"], 0),
        ("allow", ["10.0.0.0/8", "::1"], REFUSED),
        ("allow", ["10.0.0.1", "127.0.0.1/32"], 0),
        ("deny", ["127.0.0.1"], REFUSED),
        ("deny", ["127.0.0.0/30", "::/0"], REFUSED),
        ("deny", ["10.0.0.0/8", "127.0.0.2"], 0),
        ("deny", [], 0),
    ],
)
def test_addresses(make_auth, server, clients, method, addresses, fate):
    auth = make_auth()
    _, endpoint = server(zap_domain=b"x")
    getattr(auth, method)(*addresses)
    assert clients({"endpoint": endpoint}) == [fate]


def test_addresses_at_an_ipv6_socket(make_auth, server, clients):
    auth = make_auth()
    _, v4 = server(host="[::]", ipv6=1, zap_domain=b"x")
    v6 = v4.replace("127.0.0.1", "[::1]")
    auth.allow("127.0.0.0/8")
    assert clients({"endpoint": v4}, {"endpoint": v6}) == [0, REFUSED]
    auth.allow("::1")
    assert clients({"endpoint": v6}) == [0]


def test_a_denied_address_helps_no_key(auth, curve, clients):
    _, client = curve()
    auth.configure_curve("*", CURVE_ALLOW_ANY)
    auth.allow("10.0.0.1")
    assert clients(client(zmq.curve_keypair())) == [REFUSED]


def test_what_is_configured_counts_from_the_next_handshake(auth, server, clients):
    _, endpoint = server(zap_domain=b"x")
    for number in range(5):
        auth.deny(f"10.0.0.{number}")
        assert clients({"endpoint": endpoint}) == [0]
    auth.deny("127.0.0.1")
    assert clients({"endpoint": endpoint}) == [REFUSED]


def test_what_libzmq_does_when_there_is_nobody_to_ask(curve, server, plain, clients):
    """As the guide has it."""
    _, client = curve(b"x")
    _, null = server(zap_domain=b"x")
    _, plain_client = plain(b"x")
    strangers = [client(zmq.curve_keypair()), {"endpoint": null}]
    assert clients(*strangers) == [0, 0]
    (fate,) = clients(plain_client("ann", "secret"))
    assert fate != 0


def test_servers_that_enforce_their_domain_let_nobody_in_then(server, clients):
    careful = {"zap_domain": b"x", "zap_enforce_domain": 1, "handshake_ivl": 500}
    _, null = server(**careful)
    public, secret = zmq.curve_keypair()
    _, encrypted = server(curve_server=1, curve_secretkey=secret, **careful)
    mine = zmq.curve_keypair()
    stranger = {
        "endpoint": encrypted,
        "CURVE_SERVERKEY": public.decode(),
        "CURVE_PUBLICKEY": mine[0].decode(),
        "CURVE_SECRETKEY": mine[1].decode(),
    }
    fates = clients({"endpoint": null}, stranger)
    assert 0 not in fates
