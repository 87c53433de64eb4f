# SPDX-License-Identifier: BSD-3-Clause
"""`zmq send`, `recv`, `pub`, `sub`, `req`, `rep`: messages between processes."""

import threading

import pytest

import zmq


@pytest.fixture
def pull(socket):
    """A bound PULL socket, and its endpoint."""
    s = socket(zmq.PULL)
    return s, s.bind("tcp://127.0.0.1:0").endpoint


# -- send ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text", "messages"),
    [
        (["hello"], b"", [[b"hello"]]),
        (["one", "two", ""], b"", [[b"one", b"two", b""]]),
        (["ö"], b"", [["ö".encode()]]),
        (["-n", "3", "x"], b"", [[b"x"]] * 3),
        (["-x", "00ff", "", "61 62"], b"", [[b"\0\xff", b"", b"ab"]]),
        (["--", "-n"], b"", [[b"-n"]]),
        ([], b"a\nb c\n\nlast", [[b"a"], [b"b c"], [b""], [b"last"]]),
        ([], b"windows\r\n", [[b"windows"]]),
        (["-n", "2"], b"a\nb\nc\n", [[b"a"], [b"b"]]),
        (["-s", ","], b"a,b\nc\n", [[b"a", b"b"], [b"c"]]),
        (["-x"], b"00FF\n\n", [[b"\0\xff"], [b""]]),
        (["-r"], b"all\nof\0it", [[b"all\nof\0it"]]),
    ],
)
def test_send(cli, pull, arguments, text, messages):
    s, endpoint = pull
    before, after = (arguments, []) if "--" not in arguments else ([], arguments)
    status = cli("send", endpoint, *before, *after, text=text)
    assert status == (0, b"", "")
    assert [s.recv_multipart() for _ in messages] == messages
    assert s.poll(0) == 0


def test_send_waits_for_a_receiver(begin, socket):
    command = begin("send", "--bind", "tcp://127.0.0.1:0", "late")
    s = socket(zmq.PULL)
    s.connect(command.endpoint())
    assert s.recv() == b"late"
    assert command.end() == (0, b"", "")


def test_everything_is_delivered_at_the_end(cli, pull):
    s, endpoint = pull
    lines = b"".join(b"%d\n" % n for n in range(5000))
    command = cli("send", endpoint, text=lines)
    assert command[0] == 0
    assert [s.recv() for _ in range(5000)] == lines.split()


def test_send_to_several(cli, socket, wait_for):
    first, second = socket(zmq.PULL), socket(zmq.PULL)
    where = [s.bind("tcp://127.0.0.1:0").endpoint for s in (first, second)]
    sender = ",".join((f">{where[0]}", where[1]))
    # Whoever is connected takes its share, which may be all of it.
    assert cli("send", sender, "-n", "2000", "x")[0] == 0
    received = []

    def drain():
        for s in (first, second):
            while s.poll(0):
                received.append(s.recv())
        return len(received) == 2000

    wait_for(drain)


def test_other_types_and_a_name(cli, socket):
    router = socket(zmq.ROUTER)
    endpoint = router.bind("tcp://127.0.0.1:0").endpoint
    assert cli("send", endpoint, "--type", "dealer", "--id", "me", "x")[0] == 0
    assert router.recv_multipart() == [b"me", b"x"]


# -- recv ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message", "printed"),
    [
        ([], [b"hello"], b"hello\n"),
        ([], [b"one", b"", b"two"], b"one\t\ttwo\n"),
        ([], ["ö\N{SNOWMAN}".encode()], "ö\N{SNOWMAN}\n".encode()),
        ([], [b"\x1b[31m\n\xff\0"], b"\\x1b[31m\\n\\xff\\x00\n"),
        (["-s", " | "], [b"one", b"two"], b"one | two\n"),
        (["-x"], [b"\0\xff", b"a"], b"00ff\t61\n"),
        (["-r"], [b"a\n\xff", b"b"], b"a\n\xffb"),
    ],
)
def test_recv(begin, socket, arguments, message, printed):
    command = begin("recv", "-n", 1, "tcp://127.0.0.1:0", *arguments)
    s = socket(zmq.PUSH)
    s.connect(command.endpoint())
    s.send_multipart(message)
    status, out, _ = command.end()
    assert (status, out) == (0, printed)


def test_recv_shows_messages_as_they_come(begin, socket):
    command = begin("recv", "tcp://127.0.0.1:0")
    s = socket(zmq.PUSH)
    s.connect(command.endpoint())
    for word in ("one", "two"):
        s.send_string(word)
        assert command.line() == word
    command.interrupt()
    assert command.end()[:2] == (130, b"")


def test_recv_of_what_is_bound(cli, socket):
    s = socket(zmq.PUSH)
    endpoint = s.bind("tcp://127.0.0.1:0").endpoint
    sender = threading.Thread(target=lambda: [s.send(b"x") for _ in range(3)])
    sender.start()
    assert cli("recv", "--connect", endpoint, "-n", 3) == (0, b"x\nx\nx\n", "")
    sender.join()


def test_recv_and_send_through_a_file_of_any_bytes(begin, cli, tmp_path):
    content = bytes(range(256)) * 100
    receiver = begin("recv", "-r", "-n", 1, "tcp://127.0.0.1:0")
    assert cli("send", "-r", receiver.endpoint(), text=content)[0] == 0
    assert receiver.end()[:2] == (0, content)


# -- pub and sub ---------------------------------------------------------------------------------


def test_sub_gets_what_pub_publishes(begin):
    publisher = begin("pub", "tcp://127.0.0.1:0")
    subscriber = begin("sub", "-n", 2, "--topic", "a", "--topic", "c", publisher.endpoint())
    status, _, _ = publisher.end(b"a1\nb1\nc1\n")
    assert status == 0
    assert subscriber.end() == (0, b"a1\nc1\n", "")


def test_pub_waits_for_so_many(begin):
    publisher = begin("pub", "--wait", 2, "tcp://127.0.0.1:0", "hello", "you")
    endpoint = publisher.endpoint()
    subscribers = [begin("sub", "-n", 1, endpoint) for _ in range(2)]
    assert publisher.end()[0] == 0
    assert [each.end() for each in subscribers] == [(0, b"hello\tyou\n", "")] * 2


def test_pub_to_nobody(cli):
    assert cli("pub", "--wait", 0, "-q", "tcp://127.0.0.1:0", "x") == (0, b"", "")


def test_topics_in_hex(begin):
    publisher = begin("pub", "-x", "tcp://127.0.0.1:0", "ff00")
    subscriber = begin("sub", "-n", 1, "-x", "--topic", "ff", publisher.endpoint())
    assert publisher.end()[0] == 0
    assert subscriber.end() == (0, b"ff00\n", "")


# -- req and rep ---------------------------------------------------------------------------------


def test_req_and_rep_echo(begin, cli):
    server = begin("rep", "-n", 3, "tcp://127.0.0.1:0")
    endpoint = server.endpoint()
    assert cli("req", endpoint, "one", "two") == (0, b"one\ttwo\n", "")
    assert cli("req", endpoint, text=b"a\nb\n") == (0, b"a\nb\n", "")
    assert server.end()[:2] == (0, b"one\ttwo\na\nb\n")


def test_rep_with_an_answer(begin, cli):
    server = begin("rep", "-n", 1, "tcp://127.0.0.1:0", "yes", "indeed")
    assert cli("req", server.endpoint(), "really?") == (0, b"yes\tindeed\n", "")
    assert server.end()[:2] == (0, b"really?\n")


def test_req_answers_while_lines_are_typed(begin, socket):
    server = begin("rep", "tcp://127.0.0.1:0")
    client = begin("req", server.endpoint())
    for word in (b"one", b"two"):
        client.type(word + b"\n")
        assert client.line() == word.decode()
    assert client.end()[0] == 0


# -- time-outs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["send", "tcp://127.0.0.1:1", "x"], "nobody took the message within 50 ms"),
        (["recv", "-q", "tcp://127.0.0.1:0"], "nothing came within 50 ms"),
        (["pub", "-q", "tcp://127.0.0.1:0", "x"], "1 subscriptions did not come within 50 ms"),
        (["sub", "tcp://127.0.0.1:1"], "nothing came within 50 ms"),
        (["req", "tcp://127.0.0.1:1", "x"], "no answer came within 50 ms"),
        (["rep", "-q", "tcp://127.0.0.1:0"], "nothing came within 50 ms"),
    ],
)
def test_time_outs(cli, arguments, complaint):
    status, out, err = cli(*arguments, "-t", 50)
    assert (status, out) == (3, b"")
    assert err == f"python -m zmq {arguments[0]}: {complaint}\n"


def test_no_answer_in_time(cli, socket):
    silent = socket(zmq.REP)
    endpoint = silent.bind("tcp://127.0.0.1:0").endpoint
    status, _, err = cli("req", "-t", 1000, endpoint, "x")
    assert status == 3
    assert "no answer came" in err
    assert silent.recv() == b"x"
