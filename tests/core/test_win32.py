# SPDX-License-Identifier: BSD-3-Clause
"""`allow_interrupt` as Windows runs it, with a stand-in for the console API of the system."""

import ctypes
import importlib.util
import sys
from ctypes import wintypes

import pytest

CTRL_C_EVENT, CTRL_BREAK_EVENT = 0, 1


class Console:
    """What kernel32 does with console control handlers: a stack, the last one asked first."""

    def __init__(self):
        self.handlers = []
        self.refuses = False

    def SetConsoleCtrlHandler(self, handler, add):
        if self.refuses:
            return 0
        if add:
            self.handlers.append(handler)
        else:
            self.handlers.remove(handler)
        return 1

    def press(self, event):
        """Who handled the event, as in a console; none of ours keeps it from Python's handler."""
        return [bool(handler(event)) for handler in reversed(self.handlers)]


@pytest.fixture
def console(monkeypatch):
    console = Console()

    def load(name, use_last_error=False):
        assert (name, use_last_error) == ("kernel32", True)
        return console

    def win_error(code):
        return OSError(code, "refused by the console")

    monkeypatch.setattr(sys, "platform", "win32")
    if not hasattr(ctypes, "WINFUNCTYPE"):
        monkeypatch.setattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE, raising=False)
    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    monkeypatch.setattr(ctypes, "WinError", win_error, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 6, raising=False)
    return console


@pytest.fixture
def allow_interrupt(console):
    """The class as the module defines it on Windows: from a copy that nobody else sees."""
    spec = importlib.util.find_spec("zmq.utils.win32")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.allow_interrupt


def test_ctrl_c_runs_the_action(allow_interrupt, console):
    calls = []
    with allow_interrupt(lambda: calls.append("called")) as manager:
        assert isinstance(manager, allow_interrupt)
        assert console.press(CTRL_C_EVENT) == [False]  # Python's own handler gets it, too
        assert calls == ["called"]
        console.press(CTRL_C_EVENT)
        assert calls == ["called"] * 2
    assert console.handlers == []


def test_other_events_do_not(allow_interrupt, console):
    calls = []
    with allow_interrupt(lambda: calls.append("called")):
        assert console.press(CTRL_BREAK_EVENT) == [False]
    assert calls == []


def test_without_an_action(allow_interrupt, console):
    with allow_interrupt():
        assert console.press(CTRL_C_EVENT) == [False]
    assert console.handlers == []


def test_one_inside_of_another(allow_interrupt, console):
    calls = []
    with allow_interrupt(lambda: calls.append(1)):
        with allow_interrupt(lambda: calls.append(2)):
            console.press(CTRL_C_EVENT)
        console.press(CTRL_C_EVENT)
    assert calls == [2, 1, 1]
    assert console.handlers == []


def test_the_handler_is_removed_after_an_exception(allow_interrupt, console):
    with pytest.raises(KeyboardInterrupt), allow_interrupt(lambda: None):
        raise KeyboardInterrupt
    assert console.handlers == []


def test_it_can_be_used_again(allow_interrupt, console):
    manager = allow_interrupt()
    for _ in range(2):
        with manager:
            assert len(console.handlers) == 1
        assert console.handlers == []


def test_a_console_that_refuses(allow_interrupt, console):
    console.refuses = True
    with pytest.raises(OSError, match="refused by the console"):
        with allow_interrupt():
            raise AssertionError("entered")
    assert console.handlers == []


def test_the_handler_takes_what_windows_passes(allow_interrupt, console):
    """BOOL handler(DWORD), which lives as long as Windows may call it."""
    with allow_interrupt():
        (handler,) = console.handlers
        assert handler.argtypes == (wintypes.DWORD,)
        assert handler.restype is wintypes.BOOL
        assert handler(0xFFFFFFFF) == 0
