# SPDX-License-Identifier: BSD-3-Clause
"""Runs questions in fresh processes, ours and theirs in turn."""

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field

PATIENCE = 120


class QuestionError(RuntimeError):
    """A question got no answer: its process failed or took too long."""


@dataclass
class Entry:
    """One number as measured round by round on both sides; see `Sheet.add` for the fields."""

    question: str
    name: str
    unit: str
    target: float = None
    limit: float = None
    ours: list = field(default_factory=list)
    theirs: list = field(default_factory=list)


def ask(python, question, seconds):
    """Run one question in one fresh process.

    Parameters
    ----------
    python : path
        The interpreter.
    question : pathlib.Path
        The script.
    seconds : float
        Seconds to spend on each number.

    Returns
    -------
    list of dict
        The numbers.

    Raises
    ------
    QuestionError
        The process failed, or was not done after `PATIENCE` seconds.
    """
    process = subprocess.Popen(
        [str(python), str(question), "--seconds", str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that its own children can be ended with it
    )
    try:
        answer, complaint = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise QuestionError(f"no answer after {PATIENCE} s") from None
    finally:
        _end(process)
    if process.returncode:
        last_line = (complaint.strip() or f"exit status {process.returncode}").splitlines()[-1]
        raise QuestionError(last_line)
    return json.loads(answer)


def compare(question, pythons, rounds, seconds):
    """Ask both sides one question, several times.

    The side that goes first changes from round to round, so that a machine which grows busier or
    quieter favours neither.

    Parameters
    ----------
    question : pathlib.Path
        The script.
    pythons : dict
        The interpreters by side, ``ours`` and ``theirs``.
    rounds : int
        How often to ask; once is enough where all numbers are steady.
    seconds : float
        Seconds to spend on each number.

    Returns
    -------
    entries : list of Entry
        The numbers in the order in which they were measured.
    failures : list of str
        What went wrong. A side that failed once is not asked again.
    """
    entries, failures, sides = {}, {}, ["ours", "theirs"]
    for _ in range(rounds):
        steady = True
        for side in [side for side in sides if side not in failures]:
            try:
                numbers = ask(pythons[side], question, seconds)
            except QuestionError as error:
                failures[side] = f"{question.stem}: {side}: {error}"
                continue
            steady = steady and all(number["steady"] for number in numbers)
            _enter(entries, question.stem, side, numbers)
        if steady:
            break
        sides.reverse()
    return list(entries.values()), list(failures.values())


def _enter(entries, question, side, numbers):
    for number in numbers:
        name, value = number["name"], number["value"]
        if name not in entries:
            entries[name] = Entry(question, name, number["unit"])
        if side == "ours":  # a limit may depend on how ours was built
            entries[name].target, entries[name].limit = number["target"], number["limit"]
        getattr(entries[name], side).append(value)


def _end(process):
    """End a process and the ones that it started, if any are left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
