# SPDX-License-Identifier: BSD-3-Clause
"""Decision: who was let in, or why not."""

from __future__ import annotations

from typing import NamedTuple


class Decision(NamedTuple):
    """The answer to one request, as it is logged and given to `on_decision`.

    Attributes
    ----------
    time : float
        Seconds since the epoch.
    domain : str
        That of the server's socket: its ZAP_DOMAIN.
    address : str
        Where the client connects from.
    mechanism : str
        NULL, PLAIN, CURVE or GSSAPI.
    user_id : str
        Who it is; whom it claims to be, if it was refused.  With CURVE, its public key.
    allowed : bool
    status : int
        200: allowed; 400: refused; 500: refused because something failed here.
    reason : str
    """

    time: float
    domain: str
    address: str
    mechanism: str
    user_id: str
    allowed: bool
    status: int
    reason: str

    def __str__(self) -> str:
        # What strangers sent is quoted: it cannot forge another line of a log.
        return (
            f"{'allowed' if self.allowed else 'refused'} {self.mechanism or '?'} "
            f"user={self.user_id!r} address={self.address!r} domain={self.domain!r}: {self.reason}"
        )
