# SPDX-License-Identifier: BSD-3-Clause
"""Logging over the wire: records of Python's `logging` published, received and looked at.

The layout, lower files first:

    _opening, _peers, _sender   sockets that are opened here, who is there, sending without waiting
    _reports                    what this package itself has to say, through `logging`
    _lines, _payload            records as text, and as JSON
    topiclogger                 TopicLogger: a logger whose methods take a topic
    handlers                    PUBHandler, JSONPUBHandler
    receiver                    LogReceiver: re-emits what JSONPUBHandlers have sent
    _entry, _painter, _viewer   the viewer: a message, how it looks, the loop
    _advice, _arguments         the viewer: wrong endpoints, the command line
    __main__                    python -m zmq.log
"""

from zmq.log.handlers import TOPIC_DELIM, JSONPUBHandler, PUBHandler, TopicLogger
from zmq.log.receiver import LogReceiver

__all__ = ["TOPIC_DELIM", "JSONPUBHandler", "LogReceiver", "PUBHandler", "TopicLogger"]
