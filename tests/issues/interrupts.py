"""Interrupts, as Ctrl-C and signals bring them, at each place of a call where one may arrive.

CPython looks for signals when a function begins and when a call of a C function returned: where a
profile function is called, too.
"""

import collections
import logging
import sys


class Interrupt(BaseException):
    """Nothing in a library expects it."""


def interrupts(prepare, function, kept=None):
    """Runs `function(prepare())` again and again, interrupted one place later each time.

    Yields what was prepared, after the interrupt; ends when the function ended uninterrupted. The
    interrupts, whose tracebacks hold each frame's variables, are added to the list `kept`.
    """
    place = 0
    interrupted = True
    while interrupted:
        prepared = prepare()
        interrupted = _interrupted_at(place, function, prepared, kept)
        place += 1
        yield prepared


def _interrupted_at(place, function, argument, kept):
    left = place + 2  # the first is the function's own beginning
    silence(True)
    unraisable = sys.unraisablehook
    # What tells of an interrupt in a finalizer is no place for the next one. In C: it is not one.
    sys.unraisablehook = collections.deque(maxlen=0).append

    def profile(_frame, event, _arg):
        nonlocal left
        if event in ("call", "c_return"):
            left -= 1
            if left == 0:
                raise Interrupt

    try:
        sys.setprofile(profile)
        try:
            function(argument)
        finally:
            sys.setprofile(None)
            sys.unraisablehook = unraisable
            silence(False)
    except Interrupt as error:
        if kept is not None:
            kept.append(error)
    return left <= 0


def silence(disabled):
    """Keep the library from logging: an interrupt inside the standard library's logging leaves locks
    taken, the module's own among them."""
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("ahoyhoy") and isinstance(logger, logging.Logger):
            logger.disabled = disabled
