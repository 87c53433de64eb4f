# SPDX-License-Identifier: BSD-3-Clause
"""Answers: what is said when ssh asks for a password, a passphrase or a second factor."""

from __future__ import annotations

import getpass
import os
import re
from collections import Counter
from typing import Callable, Union

#: What the `password` of a tunnel may be; False is "there is none, and do not ask".
Password = Union[str, Callable[[str], Union[str, None]], bool, None]

#: Times that one question is answered, which is also what OpenSSH asks by default.
ATTEMPTS = 3

#: Questions for something that changes each time, which a password is no answer to.
FACTOR = re.compile(r"\b(code|pin|otp|token|factor|one-time|passcode|verification)\b", re.I)
PASSPHRASE = re.compile(r"\bpassphrase\b", re.I)


class Refusal(Exception):
    """There is no answer.

    Attributes
    ----------
    kind : str
        The key in `ERRORS`.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Answers:
    """Knows the answers, or asks for them once.

    Parameters
    ----------
    password : str, callable, bool or None
        The password or passphrase; or a function that is given the question and returns the
        answer; None to ask on the terminal, if there is one; False never to ask.
    """

    def __init__(self, password: Password) -> None:
        self._function = password if callable(password) else None
        self._given = password if isinstance(password, str) and password else None
        self._may_ask = password is None or self._given is not None
        self._known: dict[str, str] = {}
        self._asked: Counter[str] = Counter()
        #: Whether a secret was handed out, so that a failure means it was wrong.
        self.used = False

    @property
    def given(self) -> bool:
        """Whether the program has brought them."""
        return bool(self._function or self._given)

    @property
    def possible(self) -> bool:
        """Whether there could be an answer to anything."""
        return self.given or (self._may_ask and has_terminal())

    def start_over(self) -> None:
        """Forget what was asked, but not what was answered: another connection is made."""
        self._asked.clear()

    def find(self, question: str, on_the_way: bool, interactive: bool) -> str:
        """Return the answer to a question.

        Parameters
        ----------
        question : str
            As ssh puts it. If it comes again, the last answer was wrong.
        on_the_way : bool
            A jump host asks; the password is not for that one.
        interactive : bool
            Whether the terminal may be used.

        Raises
        ------
        Refusal
            There is none, or what there was is wrong.
        """
        again = self._asked[question]
        self._asked[question] += 1
        if again:
            self._known.pop(question, None)
        answer = self._look_up(question, again, on_the_way, interactive)
        if answer is None:
            if PASSPHRASE.search(question):
                return ""  # ssh goes on without this key
            raise self._refuse(question, again)
        self.used = True
        return answer

    def _look_up(
        self, question: str, again: int, on_the_way: bool, interactive: bool
    ) -> str | None:
        if again >= ATTEMPTS:
            return None
        if self._function is not None:
            return self._function(question)
        if question in self._known:
            return self._known[question]
        if self._given and not on_the_way and not FACTOR.search(question):
            return None if again else self._given
        if interactive and self._may_ask and has_terminal():
            self._known[question] = getpass.getpass(question)
            return self._known[question]
        return None

    def _refuse(self, question: str, again: int) -> Refusal:
        question = question.strip()
        if again:
            return Refusal("retries", f"{question} The server did not accept what it was given.")
        return Refusal(
            "authentication",
            f"{question} There is no answer: give password=, which may be a function that is told "
            "the question and returns the answer.",
        )


def has_terminal() -> bool:
    """Whether somebody could be asked, as getpass does it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
