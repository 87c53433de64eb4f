# SPDX-License-Identifier: BSD-3-Clause
"""An ssh server, by paramiko, that asks: for machines where an sshd may not check passwords.

Its argument is a JSON object: `key` is the host key; `password`, and `questions` with their
answers, are what it wants, both if there are both; `log` is where it notes what it was told. It
prints its port, which is `port` if that is given.
"""

import json
import socket
import sys
import threading

import paramiko


class Server(paramiko.ServerInterface):
    def __init__(self, settings):
        self.settings = settings
        self.done = set()
        self.wanted = []
        self.steps = [name for name in ("password", "questions") if settings.get(name)]
        self.peers = {}

    def note(self, *words):
        with open(self.settings["log"], "a", encoding="utf-8") as log:
            log.write(json.dumps(words) + "\n")

    def get_allowed_auths(self, username):
        names = {"password": "password", "questions": "keyboard-interactive"}
        return ",".join(names[step] for step in self.steps if step not in self.done)

    def succeed(self, step):
        self.done.add(step)
        if self.done == set(self.steps):
            return paramiko.AUTH_SUCCESSFUL
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_password(self, username, password):
        self.note("password", password)
        if password == self.settings["password"]:
            return self.succeed("password")
        return paramiko.AUTH_FAILED

    def check_auth_interactive(self, username, submethods):
        if "questions" not in self.steps:
            return paramiko.AUTH_FAILED
        self.wanted = list(self.settings["questions"])
        return self.ask()

    def ask(self):
        return paramiko.InteractiveQuery("", "", (self.wanted[0][0], False))

    def check_auth_interactive_response(self, responses):
        question, answer = self.wanted.pop(0)
        self.note(question, *responses)
        if responses != [answer]:
            return paramiko.AUTH_FAILED
        return self.ask() if self.wanted else self.succeed("questions")

    def check_channel_direct_tcpip_request(self, number, origin, destination):
        try:
            self.peers[number] = socket.create_connection(destination)
        except OSError:
            return paramiko.OPEN_FAILED_CONNECT_FAILED
        return paramiko.OPEN_SUCCEEDED


def copy(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except (OSError, EOFError):
        pass


def serve(connection, key, settings):
    transport = paramiko.Transport(connection)
    transport.add_server_key(key)
    server = Server(settings)
    try:
        transport.start_server(server=server)
    except (paramiko.SSHException, EOFError):
        return  # whoever came wanted to see the port only
    while transport.is_active():
        channel = transport.accept(1)
        if channel:
            peer = server.peers[channel.get_id()]
            for ends in ((channel, peer), (peer, channel)):
                threading.Thread(target=copy, args=ends, daemon=True).start()


def main():
    settings = json.loads(sys.argv[1])
    open(settings["log"], "w").close()
    key = paramiko.Ed25519Key.from_private_key_file(settings["key"])
    listener = socket.create_server(("127.0.0.1", settings.get("port", 0)))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, key, settings), daemon=True).start()


if __name__ == "__main__":
    main()
