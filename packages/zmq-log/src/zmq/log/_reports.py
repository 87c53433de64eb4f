# SPDX-License-Identifier: BSD-3-Clause
"""Reports: what this package has to say itself, through `logging`, and not too often."""

from __future__ import annotations

import logging
from time import monotonic
from typing import Callable

#: The name of the logger.
LOGGER = "zmq.log"


class Reporter:
    """Says something at once, then again only after a while.

    Parameters
    ----------
    interval : float or None
        Seconds between two reports; None for none at all.
    """

    def __init__(self, interval: float | None) -> None:
        self.interval = interval
        self._silent_until = 0.0
        self.is_due = False

    def note(self) -> None:
        """Note that there is something to say."""
        self.is_due = True

    def tell(self, describe: Callable[[], str], at_last: bool = False) -> None:
        """Say it, if there is something to say and it is time.

        Parameters
        ----------
        describe : callable
            Returns the text of a warning.
        at_last : bool
            There will be no later time.
        """
        now = monotonic()
        if not self.is_due or self.interval is None or (now < self._silent_until and not at_last):
            return
        self.is_due = False
        self._silent_until = now + self.interval
        logging.getLogger(LOGGER).warning("%s", describe())


def has_listener(deaf: type[logging.Handler]) -> bool:
    """Whether reports reach a handler that is not of a certain class."""
    logger: logging.Logger | None = logging.getLogger(LOGGER)
    while logger is not None:
        if not all(isinstance(handler, deaf) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False
