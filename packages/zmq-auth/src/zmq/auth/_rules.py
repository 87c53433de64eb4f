# SPDX-License-Identifier: BSD-3-Clause
"""Rules: which of them is for a domain, and what they answer."""

from __future__ import annotations

import inspect
from threading import Lock
from typing import Any, Callable, Generic, NamedTuple, Protocol, TypeVar

#: The location that stands for every key.
CURVE_ALLOW_ANY = "*"

#: The domain that stands for all that have no rule of their own.
EVERY_DOMAIN = "*"


class Verdict(NamedTuple):
    """Whether a client is let in.

    Attributes
    ----------
    allowed : bool
    user_id : str
        Who it is, or claims to be.
    reason : str
    """

    allowed: bool
    user_id: str
    reason: str


class Rule(Protocol):
    """What has been configured for a domain."""

    def reload(self) -> None:
        """Read its files again, if it has any."""


AnyRule = TypeVar("AnyRule", bound=Rule)


class Rules(Generic[AnyRule]):
    """Rules by domain; one thread may change them while another asks."""

    def __init__(self) -> None:
        self._by_domain: dict[str, AnyRule] = {}
        self._lock = Lock()

    def add(self, domain: str | bytes, rule: AnyRule) -> None:
        """Give a domain its rule, instead of the one that it may have.

        Parameters
        ----------
        domain : str or bytes
            "*" is for all that have none of their own.
        rule : Rule
        """
        name = domain.decode("utf-8") if isinstance(domain, bytes) else domain
        with self._lock:
            # A new dictionary each time: whoever is looking at the old one is not disturbed.
            self._by_domain = {**self._by_domain, name: rule}

    def find(self, domain: str) -> AnyRule | None:
        """The rule for a domain.

        Parameters
        ----------
        domain : str

        Returns
        -------
        Rule or None
        """
        rules = self._by_domain
        return rules.get(domain, rules.get(EVERY_DOMAIN))

    def reload(self) -> None:
        """Let all rules read their files again."""
        for rule in self._by_domain.values():
            rule.reload()


class AnyKey:
    """Every key is accepted."""

    def reload(self) -> None:
        """Nothing to do."""


class KeyCallback:
    """The program decides about keys.

    Parameters
    ----------
    provider : object with a method ``callback(domain, key)``, or callable
        Returns whether the key is accepted, or an awaitable of that.

    Raises
    ------
    TypeError
        It is neither.
    """

    def __init__(self, provider: Any) -> None:
        callback = getattr(provider, "callback", provider)
        if not callable(callback):
            raise TypeError(
                f"{provider!r} cannot decide about keys: give an object with a method "
                "callback(domain, key), or a function like that"
            )
        self.callback: Callable[[str, bytes], Any] = callback

    def reload(self) -> None:
        """Nothing to do: it asks anew for each client."""


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling a function does nothing yet but make a coroutine.

    Parameters
    ----------
    function : callable

    Returns
    -------
    bool
    """
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )
