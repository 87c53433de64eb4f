# SPDX-License-Identifier: BSD-3-Clause
"""The sheet on which a measured process writes its numbers: each a cost, so less is better."""

import argparse
import gc
import json
from time import perf_counter, perf_counter_ns

FEWEST_REPEATS = 3


def size_name(size):
    """Name a number of bytes, for example ``64 KiB``."""
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor and size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size} B"


class Sheet:
    """The numbers of one question, measured in this process and printed as one line of JSON.

    Parameters
    ----------
    description : str
        The question; shown by ``--help``.

    Attributes
    ----------
    seconds : float
        Time to spend on each number, in seconds, from the command line.
    """

    def __init__(self, description=None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument(
            "--seconds",
            type=float,
            default=0.4,
            help="seconds to spend on each number (default: %(default)s)",
        )
        self.seconds = parser.parse_args().seconds
        self.numbers = []

    def add(self, name, value, unit, *, target=None, limit=None, steady=False):
        """Write down one number.

        Parameters
        ----------
        name : str
            What was measured.
        value : float
            The cost, in `unit`.
        unit : str
            ``ns``, ``ms`` or ``MB`` (10^6 bytes).
        target : float, optional
            How many times cheaper than pyzmq the number should be.
        limit : float, optional
            The most that the number itself may be, in `unit`; instead of `target`.
        steady : bool
            The number hardly varies, so that one round is enough.
        """
        number = {"name": name, "value": value, "unit": unit, "steady": steady}
        self.numbers.append(dict(number, target=target, limit=limit))

    def cost(self, name, loop, calls, *, before=None, after=None, pick=min, target=1.0):
        """Time ``loop(calls)`` again and again, and write down the nanoseconds of one call.

        Parameters
        ----------
        name : str
            What is measured.
        loop : callable
            Called with the number of calls to make; the only part that is timed.
        calls : int
            How many calls one repeat makes.
        before, after : callable, optional
            Called like `loop` around each repeat, to prepare and to tidy up.
        pick : callable
            Chooses among the repeats. The best one, as a rule, since other work on the machine
            only ever adds; the median where the scheduler gives two kinds of result.
        target : float
            How many times cheaper than pyzmq the call should be.
        """
        costs = self._repeat(loop, calls, before or _nothing, after or _nothing)
        self.add(name, pick(costs), "ns", target=target)

    def _repeat(self, loop, calls, before, after):
        before(calls)
        loop(calls)
        after(calls)
        costs = []
        gc.collect()
        gc.disable()
        try:
            deadline = perf_counter() + self.seconds
            while perf_counter() < deadline or len(costs) < FEWEST_REPEATS:
                before(calls)
                start = perf_counter_ns()
                loop(calls)
                costs.append((perf_counter_ns() - start) / calls)
                after(calls)
        finally:
            gc.enable()
        return costs

    def show(self):
        """Print all numbers as one line of JSON."""
        print(json.dumps(self.numbers))


def _nothing(calls):
    pass
