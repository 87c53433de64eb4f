# SPDX-License-Identifier: BSD-3-Clause
"""A connection that breaks: noticed, reported and, if wanted, made again."""

import logging
import os
import signal
import socket as sockets

import pytest

import zmq


@pytest.fixture
def client(socket):
    """A socket that asks again when a question was lost with the connection."""
    return socket(zmq.DEALER, rcvtimeo=500, sndtimeo=20_000, reconnect_ivl=20)


@pytest.fixture
def talk(client, socket, wait_for):
    """`talk(sink)`: wait until messages get through to a PULL socket or the like."""

    def talk(sink):
        def gets_through():
            client.send(b"hello")
            return sink.poll(100)

        wait_for(gets_through, 30)
        while sink.poll(0):
            sink.recv_multipart()

    return talk


def test_a_broken_connection_is_noticed(tunnel, start_sshd, wait_for, caplog):
    server = start_sshd()
    with caplog.at_level(logging.WARNING, "zmq.ssh"):
        t = tunnel(by=server)
        server.drop()
        assert t.join(20)
    assert not t.is_alive()
    assert "the ssh connection was lost" in t.reason
    assert "the ssh connection was lost" in caplog.text
    assert server.server in caplog.text


def test_a_server_that_falls_silent_is_noticed(tunnel, start_sshd):
    """As when a cable is pulled: nothing says that the connection is gone."""
    server = start_sshd()
    t = tunnel(by=server, keepalive=1)
    stopped = server.connections()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    assert t.join(30)
    assert not t.is_alive()
    assert t.reason


def test_it_is_connected_again(tunnel, start_sshd, client, talk, socket, wait_for, caplog):
    sink = socket(zmq.ROUTER)
    sink.bind("tcp://127.0.0.1:0")
    server = start_sshd()
    with caplog.at_level(logging.INFO, "zmq.ssh"):
        t = tunnel(to=sink.last_endpoint.decode(), by=server, reconnect=True)
        endpoint = t.endpoint
        client.connect(endpoint)
        talk(sink)
        for _ in range(2):
            caplog.clear()
            server.drop()
            wait_for(lambda: "connected again" in caplog.text, 20)
            wait_for(t.is_alive, 20)
            assert "the ssh connection was lost" in caplog.text
            talk(sink)
    assert t.endpoint == endpoint
    assert t.reason is None


def test_the_server_is_away_for_a_while(way, tunnel, start_sshd, client, talk, socket, wait_for):
    sink = socket(zmq.ROUTER)
    sink.bind("tcp://127.0.0.1:0")
    server = start_sshd()
    t = tunnel(to=sink.last_endpoint.decode(), by=server, reconnect=True, timeout=20)
    client.connect(t.endpoint)
    talk(sink)
    server.stop()
    wait_for(lambda: not t.is_alive(), 20)
    assert t.reason
    assert not t.join(1)  # it goes on trying
    with pytest.raises(OSError), sockets.socket() as thief:
        thief.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", t.port))  # meanwhile nobody gets the port
    start_sshd(port=server.port)
    wait_for(t.is_alive, 30)
    talk(sink)


@pytest.mark.parametrize("password", ["right", lambda question: "right"], ids=["text", "function"])
def test_the_password_is_given_again(tunnel, ask_server, config, wait_for, exchange, password):
    first = ask_server(password="right")
    t = tunnel(by=first, password=password, config=config(first, key=None), reconnect=True)
    first.stop()
    wait_for(lambda: not t.is_alive(), 20)
    second = ask_server(password="right", port=int(first.place.rpartition(":")[2]))
    wait_for(t.is_alive, 30)
    exchange(t.endpoint)
    assert second.attempts() == [["password", "right"]]


@pytest.mark.common
def test_a_password_that_was_changed_is_not_tried_for_ever(tunnel, ask_server, config, wait_for):
    first = ask_server(password="right")
    t = tunnel(by=first, password="right", config=config(first, key=None), reconnect=True)
    first.stop()
    wait_for(lambda: not t.is_alive(), 20)
    second = ask_server(password="new", port=int(first.place.rpartition(":")[2]))
    assert t.join(30)
    assert second.attempts() == [["password", "right"]]
    assert "password" in t.reason


def test_it_does_not_try_again_when_it_is_not_let_in(
    tunnel, start_sshd, keys, config, wait_for, caplog
):
    """The administrator has taken the key away."""
    server = start_sshd()
    t = tunnel(by=server, reconnect=True)
    server.stop()
    wait_for(lambda: not t.is_alive(), 20)
    start_sshd(port=server.port, AuthorizedKeysFile="none")
    assert t.join(30)
    assert "Permission denied" in t.reason
    assert "not connected again" in caplog.text


@pytest.mark.common
def test_closing_while_it_connects_again(tunnel, start_sshd, wait_for):
    server = start_sshd()
    t = tunnel(by=server, reconnect=True)
    server.stop()
    wait_for(lambda: not t.is_alive(), 20)
    t.close()
    assert t.join(0)
    assert t.reason


@pytest.mark.common
def test_a_tunnel_that_was_closed_is_not_opened_again(tunnel, start_sshd, wait_for):
    server = start_sshd()
    t = tunnel(by=server, reconnect=True)
    t.close()
    wait_for(lambda: not server.connections(), 20)
    assert t.join(0)
