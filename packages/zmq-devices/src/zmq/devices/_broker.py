# SPDX-License-Identifier: BSD-3-Clause
"""Broker: the command line's device, while it runs."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import zmq
from zmq.devices._arguments import PROG
from zmq.devices._keys import list_options
from zmq.devices._owner import Statistics
from zmq.devices._settings import Settings
from zmq.devices.proxysteerabledevice import ThreadProxySteerable

NOTHING = Statistics(*[0] * 8)


def make_device(settings: Settings, context: zmq.Context) -> ThreadProxySteerable:
    """Make the device as the settings say, without starting it.

    Raises
    ------
    SettingsError
        A key or an option is wrong.
    """
    kinds = {name: settings.find_type(name) for name in settings.sides}
    ctrl = kinds["ctrl"] if settings.sides["ctrl"].is_used else None
    device = ThreadProxySteerable(kinds["in"], kinds["out"], kinds["mon"], ctrl)
    device.context_factory = lambda: context
    if settings.device == "monitored":
        texts = [settings.sides[name].one("prefix") for name in ("in", "out")]
        in_prefix, out_prefix = (
            default if text is None else text.encode()
            for text, default in zip(texts, (b"in", b"out"))
        )
        device._prefixes = (in_prefix, out_prefix)
    for name, side in settings.sides.items():
        plan = device._sides[name]
        plan.options += list_options(name, side, kinds[name])
        plan.binds += side.all("bind")
        plan.connects += side.all("connect")
    return device


def run(settings: Settings) -> int:
    """Run the device until somebody ends it, and return the exit status."""
    context = zmq.Context(settings.io_threads)
    context.linger = settings.linger
    try:
        device = make_device(settings, context)
        with watch_signals() as (inlet, outlet):
            try:
                device.start()
            except (zmq.ZMQError, TypeError, ValueError, OverflowError) as exc:
                print(f"{PROG}: {exc}", file=sys.stderr)
                return 1
            waiter = threading.Thread(target=_tell_end, args=(device, outlet))
            waiter.start()
            try:
                _follow(device, settings, inlet)
            finally:
                device.stop()
                waiter.join()
            return _wait_for_peers(context, inlet)
    finally:
        context.destroy()


def _wait_for_peers(context: zmq.Context, inlet: int) -> int:
    """Wait for unsent messages as long as LINGER says, or until a signal says that it is enough."""
    os.read(inlet, 4096)  # what has ended the device
    while True:
        try:
            context.destroy(timeout=100)
            return 0
        except zmq.TermTimeout:
            if not select.select([inlet], [], [], 0)[0]:
                continue
        print(f"{PROG}: messages that nobody took were dropped", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(1)  # the interpreter would go on waiting


@contextmanager
def watch_signals() -> Iterator[tuple[int, int]]:
    """Give a pipe into which SIGTERM and Ctrl-C write, instead of ending the program."""
    inlet, outlet = os.pipe()
    os.set_blocking(outlet, False)
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *args: None) for number in numbers}
    signal.set_wakeup_fd(outlet)
    try:
        yield inlet, outlet
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(inlet)
        os.close(outlet)


def _tell_end(device: ThreadProxySteerable, outlet: int) -> None:
    device.join()
    os.write(outlet, b"\0")


# ---- what is printed ---------------------------------------------------------------------------


def _follow(device: ThreadProxySteerable, settings: Settings, inlet: int) -> None:
    """Print statistics until the device ends or is to end, then the summary."""
    for name, endpoints in device.endpoints.items():
        for endpoint in endpoints:
            print(f"{name:4} {endpoint}")
    print("running", flush=True)
    begun = time.monotonic()
    before, last = begun, NOTHING
    live = Line(sys.stdout.isatty())
    while not select.select([inlet], [], [], settings.interval or None)[0]:
        now = time.monotonic()
        found = _count(device) or last
        live.show(describe_rates(last, found, now - before))
        before, last = now, found
    device.stop()
    live.end()
    total = _count(device) or last
    print(describe_total(total, time.monotonic() - begun), flush=True)


def _count(device: ThreadProxySteerable) -> Statistics | None:
    try:
        return device.statistics()
    except RuntimeError:
        return None  # it has ended


class Line:
    """A line that is written anew in place on a terminal, and one after another elsewhere."""

    def __init__(self, in_place: bool) -> None:
        self.in_place = in_place
        self.width = 0

    def show(self, text: str) -> None:
        if self.in_place:
            print(f"\r{text.ljust(self.width)}", end="", flush=True)
            self.width = len(text)
        else:
            print(text, flush=True)

    def end(self) -> None:
        if self.width:
            print()


def describe_rates(before: Statistics, after: Statistics, seconds: float) -> str:
    """Describe what passed each way between two counts."""
    passed = [(new - old) / seconds for old, new in zip(before, after)]
    rates = Statistics(*passed)  # type: ignore[arg-type]
    return (
        f"in > out {rates.out_sent:.0f} msg/s {_size(rates.out_sent_bytes)}/s   "
        f"out > in {rates.in_sent:.0f} msg/s {_size(rates.in_sent_bytes)}/s"
    )


def describe_total(total: Statistics, seconds: float) -> str:
    """Describe what passed each way in all."""
    return (
        f"passed in > out {total.out_sent} messages, {_size(total.out_sent_bytes)}; "
        f"out > in {total.in_sent} messages, {_size(total.in_sent_bytes)}; in {seconds:.1f} s"
    )


def _size(count: float) -> str:
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count:.0f} B"
