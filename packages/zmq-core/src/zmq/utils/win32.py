# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C on Windows, where it does not wake up a thread that waits in libzmq."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

_CTRL_C_EVENT = 0


class allow_interrupt:
    """Context manager that runs a function as soon as Ctrl-C is pressed on Windows.

    Python only takes note of Ctrl-C there, and raises KeyboardInterrupt once the running call
    returns.  A function that wakes the waiting socket up (by a message to it from another one)
    makes that happen at once.  Elsewhere this does nothing: signals interrupt libzmq's calls.

    Parameters
    ----------
    action : callable, optional
        Called without arguments, in a thread of the operating system's making: it must not use
        the socket that is waiting.

    Raises
    ------
    OSError
        On entering, if Windows refuses the handler.
    """

    def __init__(self, action: Callable[[], Any] | None = None) -> None:
        self.action = action
        self._handler: Any = None

    def __enter__(self) -> Self:
        if sys.platform == "win32":
            self._handler = _make_handler(self._handle)
            _set_handler(self._handler, True)
        return self

    def __exit__(self, *exc_info: object) -> None:
        if sys.platform == "win32" and self._handler is not None:
            _set_handler(self._handler, False)
            self._handler = None

    def _handle(self, event: int) -> bool:
        """Run the action on Ctrl-C, and let the handlers installed before have the event too."""
        if event == _CTRL_C_EVENT and self.action is not None:
            self.action()
        return False


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def _make_handler(function: Callable[[int], bool]) -> Any:
        """Return a function as Windows calls it; it lives as long as the result is referred to."""
        return ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(function)

    def _set_handler(handler: Any, add: bool) -> None:
        """Add or remove a console control handler (`SetConsoleCtrlHandler`)."""
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        if not kernel32.SetConsoleCtrlHandler(handler, add):
            raise ctypes.WinError(ctypes.get_last_error())


__all__ = ["allow_interrupt"]
