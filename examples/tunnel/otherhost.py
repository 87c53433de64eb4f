# SPDX-License-Identifier: BSD-3-Clause
"""Another host: a network namespace with nothing but a loopback, an sshd, and a service in it."""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

#: How to enter a network of one's own, and how to follow somebody there: as root, and as others.
ROOT = (["unshare", "-n"], ["nsenter", "-n"])
OTHERS = (
    ["unshare", "-U", "--map-current-user", "--keep-caps", "-n"],
    ["nsenter", "-U", "--preserve-credentials", "-n"],
)

SSHD = """\
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
AuthenticationMethods publickey
PermitRootLogin yes
PidFile none
StrictModes no
UsePAM no
"""

# The server is run for each connection, on the other host, instead of being connected to.
CONFIG = """\
Host other
  User {user}
  IdentityFile {folder}/user
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  ProxyCommand {follow} {sshd} -i -f {folder}/sshd.conf
"""


class OtherHost:
    """A host with a service bound to its loopback; one that can be logged in to as "other".

    Attributes
    ----------
    address : str
        Of the service, as seen from that host.
    ssh_config : pathlib.Path
        An ssh configuration that knows the host.
    is_apart : bool
        Whether it has a network of its own; else it is this host.
    description : str
    """

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="zmq-example-"))
        try:
            enter, follow = self._find_way()
            self.is_apart = bool(enter)
            self.description = "a network of its own" if enter else "this host, for want of another"
            self._service = subprocess.Popen(
                [*enter, sys.executable, Path(__file__).with_name("service.py")],
                stdin=subprocess.PIPE,  # its end tells it to end
                stdout=subprocess.PIPE,
                text=True,
            )
            self.address = self._service.stdout.readline().strip()
            self._write_files([*follow, "-t", str(self._service.pid)] if follow else [])
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *exc_info):
        self._service.communicate("")
        shutil.rmtree(self._folder)

    @staticmethod
    def _find_way():
        enter, follow = OTHERS if os.geteuid() else ROOT
        try:
            subprocess.run([*enter, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return [], []  # a container, or a system without namespaces
        return enter, follow

    def _write_files(self, follow):
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._folder / name]
            subprocess.run(command, check=True)
        self._folder.chmod(0o755)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # which sshd wants when root runs it
        words = {
            "folder": self._folder,
            "user": pwd.getpwuid(os.geteuid()).pw_name,
            "sshd": shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin"),
            "follow": shlex.join(follow),
        }
        key = " ".join((self._folder / "host.pub").read_text().split()[:2])
        (self._folder / "known").write_text(f"other {key}\n")
        (self._folder / "sshd.conf").write_text(SSHD.format(**words))
        self.ssh_config = self._folder / "config"
        self.ssh_config.write_text(CONFIG.format(**words))
