# SPDX-License-Identifier: BSD-3-Clause
"""Jupyter: a real kernel (ipykernel) and its client (jupyter_client), both on these packages."""

import importlib.metadata
import os

import pytest

BLOCKING = """
import sys
import zmq
from jupyter_client.manager import start_new_kernel

def ask(code):
    printed = []
    def hook(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])
    reply = client.execute_interactive(code, output_hook=hook, timeout=60)
    return reply["content"]["status"], "".join(printed).strip()

manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60)
try:
    print(*ask("import zmq; print(zmq.build_info()['version'], zmq.__version__)"))
    print(*ask("print(sum(range(10)))"))
    print(*ask("import asyncio; await asyncio.sleep(0.01); print('awaited')"))
    print(*ask("1 / 0"))
    for n in range(50):
        assert ask(f"print({n})") == ("ok", str(n))
    client.execute("import time; print('begun', flush=True); time.sleep(600)")
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["content"].get("text") == "begun\\n":
            break
    manager.interrupt_kernel()
    print(client.get_shell_msg(timeout=60)["content"]["ename"])
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    print(*ask("print('n' in globals())"))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""

ASYNCHRONOUS = """
import asyncio
from jupyter_client.manager import start_new_async_kernel

async def main():
    manager, client = await start_new_async_kernel(kernel_name="python3", startup_timeout=60)
    try:
        reply = await client.execute_interactive("print(6 * 7)", timeout=60)
        print(reply["content"]["status"])
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)

asyncio.run(main())
"""


@pytest.fixture
def in_a_home(start, tmp_path, monkeypatch):
    """`in_a_home(code)`: run it away from the user's settings; returns what it printed."""
    for name in list(os.environ):
        if name.startswith(("JUPYTER", "IPYTHON")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")

    def in_a_home(code):
        end = start(code).wait(100)
        assert end.returncode == 0, f"{end.stdout}\n{end.stderr}"
        return end.stdout

    return in_a_home


def test_kernel_runs_code(in_a_home):
    ours = importlib.metadata.version("zmq-core")
    assert in_a_home(BLOCKING).splitlines() == [
        f"ok {ours} 27.3.0",
        "ok 45",
        "ok awaited",
        "error ",
        "KeyboardInterrupt",
        "ok False",
    ]


def test_kernel_with_an_asynchronous_client(in_a_home):
    assert in_a_home(ASYNCHRONOUS).split() == ["42", "ok"]


def test_it_is_not_pyzmq():
    """The distribution of that name has no code, so what these programs import is ours."""
    files = importlib.metadata.files("pyzmq") or []
    assert not [path for path in files if path.parts[0] == "zmq"]
