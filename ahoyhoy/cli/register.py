"""`ahoyhoy register`: a service in a registry, for as long as a command runs or nobody interrupts."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..exceptions import ConfigurationError
from ..registration import Registration
from ..utils import Instance
from .exits import Exit
from .httpcheck import HttpCheck, NotWellError
from .running import Running

#: Seconds between two checks of a service that has not been well yet: it is starting.
_PAUSE = 0.5
#: Seconds from the deregistration to the signal: calls sent before clients heard of it arrive.
_DRAIN = 1.0


def register(arguments: argparse.Namespace) -> int:
    """Start the command, register once it is well, and deregister before it is to end."""
    check = None if arguments.check is None else HttpCheck(arguments.check)
    registration = _registration(arguments, check)
    with _told(), Running(arguments.command) as running:
        number = None if check is None else _until_well(check, running)
        if number is None and not running.ended:
            with registration:
                number = running.wait()
            if arguments.command and not running.ended:
                # Whoever asks twice does not want to wait.
                running.wait(_DRAIN if arguments.drain is None else arguments.drain)
        while arguments.command and not running.ended:
            running.pass_on(number)
            number = running.wait()
        if not arguments.command:
            return Exit.INTERRUPTED if number == signal.SIGINT else Exit.OK
        return running.status


def _registration(
    arguments: argparse.Namespace, check: Callable[[], object] | None
) -> Registration:
    if arguments.drain is not None and not arguments.command:
        raise ConfigurationError("--drain goes with a command: nothing is to be ended without one")
    scheme, host = arguments.host
    try:
        instance = Instance(host, scheme, weight=arguments.weight, zone=arguments.zone)
        return Registration(
            arguments.registry, arguments.name, instance, check=check, ttl=arguments.ttl
        )
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _until_well(check: Callable[[], object], running: Running) -> int | None:
    """Wait until the check passes; a signal that asks for the end before."""
    shown = None
    while not running.ended:
        try:
            check()
        except NotWellError as error:
            if str(error) != shown:
                shown = str(error)
                print(f"ahoyhoy: not well yet: {shown}", file=sys.stderr, flush=True)
        else:
            break
        if (number := running.wait(_PAUSE)) is not None:
            return number
    return None


@contextmanager
def _told() -> Iterator[None]:
    """What the registration logs, in lines on stderr: stdout is the command's."""
    log = logging.getLogger("ahoyhoy.registration")
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(logging.Formatter("ahoyhoy: %(message)s"))
    level = log.level
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(lines)
        log.setLevel(level)
