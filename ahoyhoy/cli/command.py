"""What the command line takes, and where it leads."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from .. import __version__
from ..exceptions import ConfigurationError
from ..lb.providers.targets.target import FORMS
from ..registration.url import FORMS as REGISTRIES
from .arguments import (
    MINIMUM_SHOW,
    body,
    check_url,
    header,
    host,
    path,
    pause,
    registry,
    seconds,
    service,
    show_seconds,
    target,
    target_text,
)
from .call import VERBS, call
from .config import config
from .demo import demo
from .doctor import doctor
from .exits import EXPLAINED, Exit, exit_of, told
from .hosts import hosts
from .register import register

_TARGETS = f"""\
TARGET says where the hosts of a service are from:
{FORMS}
"""
_REGISTRIES = f"""\
REGISTRY says where the service is registered:
{REGISTRIES}

With a COMMAND it runs that, registers the service while it runs, and exits as
it does. At SIGTERM, SIGINT and SIGQUIT it deregisters, waits for --drain, and
then passes the signal on to the command; a second one is passed on at once.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name. Default: those of this process.

    Returns:
        The exit code: 0 done; 1 an HTTP error status with `--fail`, a failed call in the demo, or
        something the doctor found; 2 wrong usage, a bad target or configuration; 3 no host could be reached; 4 timeout; 5 any other error
        of a request; 130 interrupted. Of `register` with a command: what that exited with.

    Raises:
        SystemExit: from argparse: with 2 for wrong usage, with 0 after `--help` and `--version`.
    """
    _silence_log()
    try:
        words, behind = _split(list(sys.argv[1:] if argv is None else argv))
        arguments = _parsed(words)
        arguments.command = behind
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:
        failed = exit_of(error)
        if failed is None:
            raise
        print(f"ahoyhoy: {told(error)}", file=sys.stderr)
        return failed
    return code


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and the command that `register` is to run, behind `--`."""
    # By hand: argparse takes an optional rest for absent when options stand before it.
    if words[:1] != ["register"] or "--" not in words:
        return words, []
    at = words.index("--")
    if not words[at + 1 :]:
        raise ConfigurationError("behind -- comes the command, with its arguments")
    return words[:at], words[at + 1 :]


def _parsed(words: list[str]) -> argparse.Namespace:
    parser = _parser()
    arguments, rest = parser.parse_known_args(words)
    if rest:
        hint = ": a command comes behind --" if arguments.run is register else ""
        parser.error(f"unrecognized arguments: {' '.join(rest)}{hint}")
    return arguments


def _silence_log() -> None:
    # What the log tells of hosts is in the table or the timeline already; without any handler,
    # Python would print its warnings, and those of the client of ZooKeeper, between the lines of both.
    for log in map(logging.getLogger, ("ahoyhoy", "kazoo")):
        if not log.hasHandlers():
            log.addHandler(logging.NullHandler())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ahoyhoy",
        description="HTTP calls to a service, wherever its hosts are and whichever of them work.",
        epilog=f"{_TARGETS}\n{EXPLAINED}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ahoyhoy {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for verb in VERBS:
        article = "an" if verb == "options" else "a"
        _add_verb(
            _command(commands, verb, call, f"send {article} {verb.upper()} and print the answer"),
            verb,
        )
    _add_hosts(_command(commands, "hosts", hosts, "show the hosts of a service and how they do"))
    _add_config(_command(commands, "config", config, "show the settings in effect"))
    _add_doctor(_command(commands, "doctor", doctor, "say what is wrong with a service"))
    _add_register(
        _command(commands, "register", register, "register a service, while a command runs")
    )
    _add_demo(
        _command(commands, "demo", demo, "watch a client while three of its four servers fail")
    )
    return parser


#: What stands above the exit codes in the help of a command; if nothing else, targets.
_PREFACES = {config: "", demo: "", register: f"{_REGISTRIES}\n"}


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=_PREFACES.get(run, f"{_TARGETS}\n") + EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    if run is not register:  # its stdout is its command's
        command.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return command


def _add_verb(command: argparse.ArgumentParser, verb: str) -> None:
    command.set_defaults(verb=verb)
    command.add_argument("service", metavar="TARGET", type=service, help="where the hosts are from")
    command.add_argument("path", metavar="PATH", type=path, help="the URL's path, with its query")
    command.add_argument(
        "-H",
        "--header",
        metavar="'NAME: VALUE'",
        type=header,
        action="append",
        default=[],
        help="a request header; repeatable",
    )
    command.add_argument(
        "-d", "--data", metavar="BODY", type=body, help="the body; @FILE a file's, @- stdin's"
    )
    command.add_argument(
        "--timeout", metavar="S", type=seconds, help="seconds an attempt may wait (3.05, then 30)"
    )
    command.add_argument(
        "--fail", action="store_true", help="exit with 1 when the answer is 4xx, 5xx"
    )
    command.add_argument(
        "-v", "--verbose", action="store_true", help="print a timeline of the attempts to stderr"
    )


def _add_hosts(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="TARGET", type=target, help="where the hosts are from")
    command.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    command.add_argument(
        "--interval", metavar="S", type=seconds, default=1.0, help="seconds between two looks (1)"
    )
    command.add_argument(
        "--path", metavar="PATH", type=path, help="GET this from every host, at every look"
    )
    command.add_argument(
        "--timeout", metavar="S", type=seconds, default=2.0, help="seconds such a GET may wait (2)"
    )


def _add_doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target", metavar="TARGET", type=target_text, help="where the hosts are from"
    )
    command.add_argument(
        "--timeout", metavar="S", type=seconds, default=3.05, help="seconds a host may take (3.05)"
    )


def _add_register(command: argparse.ArgumentParser) -> None:
    command.usage = "ahoyhoy register [options] REGISTRY NAME HOST:PORT [-- COMMAND ARG ...]"
    command.add_argument("registry", metavar="REGISTRY", type=registry, help="where to register")
    command.add_argument("name", metavar="NAME", help="the service's name")
    command.add_argument(
        "host",
        metavar="HOST:PORT",
        type=host,
        help="where others reach it; https://HOST:PORT: by TLS",
    )
    command.add_argument(
        "--check",
        metavar="URL",
        type=check_url,
        help="registered while this answers a GET with 2xx",
    )
    command.add_argument(
        "--drain", metavar="S", type=pause, help="seconds from deregistering to the signal (1)"
    )
    command.add_argument(
        "--ttl", metavar="S", type=seconds, default=15.0, help="seconds it outlives a crash (15)"
    )
    command.add_argument(
        "--weight", metavar="N", type=float, default=1.0, help="its share of the calls (1)"
    )
    command.add_argument("--zone", metavar="ZONE", help="where it runs")


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--show-origin", action="store_true", help="and where each comes from")


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seconds",
        metavar="S",
        type=show_seconds,
        default=25.0,
        help=f"about how long it takes, at least {MINIMUM_SHOW:g} (25)",
    )
