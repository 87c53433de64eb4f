# SPDX-License-Identifier: BSD-3-Clause
"""TopicLogger: a logger whose methods take a topic before the message."""

from __future__ import annotations

import logging
from typing import Any

#: Stands between a topic and the message, in what is logged.
TOPIC_DELIM = "::"


class TopicLogger(logging.Logger):
    """A logger whose methods take a topic before the message.

    ``logger.info("db.query", "took %d ms", 3)`` is the same as
    ``logger.info("db.query::took %d ms", 3)`` with an ordinary logger: a `PUBHandler` puts the
    topic behind the level, and other handlers show it before the message.  An empty topic is none.

    Parameters
    ----------
    name : str
    level : int or str
    """

    def log(  # type: ignore[override]
        self, level: int, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log a message with a level and a topic.

        Parameters
        ----------
        level : int
        topic : str
        msg : object
        *args, **kwargs
            As for `logging.Logger.log`.
        """
        super().log(level, _join(topic, msg, args), *args, **_behind(kwargs))

    def debug(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level DEBUG: see `log`."""
        super().debug(_join(topic, msg, args), *args, **_behind(kwargs))

    def info(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level INFO: see `log`."""
        super().info(_join(topic, msg, args), *args, **_behind(kwargs))

    def warning(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level WARNING: see `log`."""
        super().warning(_join(topic, msg, args), *args, **_behind(kwargs))

    def warn(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level WARNING: an old name of `warning`, which newer Pythons have lost."""
        super().warning(_join(topic, msg, args), *args, **_behind(kwargs))

    def error(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level ERROR: see `log`."""
        super().error(_join(topic, msg, args), *args, **_behind(kwargs))

    def exception(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, exc_info: Any = True, **kwargs: Any
    ) -> None:
        """Log with the level ERROR, and the exception that is being handled: see `log`."""
        super().error(_join(topic, msg, args), *args, exc_info=exc_info, **_behind(kwargs))

    def critical(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level CRITICAL: see `log`."""
        super().critical(_join(topic, msg, args), *args, **_behind(kwargs))

    def fatal(  # type: ignore[override]
        self, topic: str, msg: object, *args: Any, **kwargs: Any
    ) -> None:
        """Log with the level CRITICAL: another name of `critical`."""
        super().critical(_join(topic, msg, args), *args, **_behind(kwargs))


def _join(topic: str, msg: object, args: tuple[Any, ...]) -> object:
    if not topic:
        return msg
    if args:  # the topic is no template
        topic = str(topic).replace("%", "%%")
    return f"{topic}{TOPIC_DELIM}{msg}"


def _behind(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Let the record name the caller's line, instead of one in this file."""
    kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
    return kwargs
