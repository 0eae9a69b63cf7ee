"""The code blocks of a Markdown page, and how each kind of them is run."""

import contextlib
import doctest
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DOCTEST_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_FENCE = re.compile(r"^\s*(`{3,}|:{3,})(.*)$")
_COMMENT = re.compile(r"^\s*<!-- (not run|file|needs): (.+) -->$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where it stands in which page."""

    page: Path
    line: int  # of its first line of text, from 1
    language: str
    text: str
    # From a comment on the line before:
    not_run: str | None = None  # <!-- not run: the reason -->
    file: str | None = None  # <!-- file: its name -->, which later blocks find in their folder
    needs: str | None = None  # <!-- needs: a server of doc_registries -->

    @property
    def place(self):
        """As an editor opens it."""
        return f"{self.page}:{self.line}"

    def compiled(self):
        """Its code, with the page's line numbers in tracebacks. An error for bad syntax."""
        return compile("\n" * (self.line - 1) + self.text, str(self.page), "exec")

    def run(self, namespace, folder):
        """Runs it: Python in the page's namespace, tests under pytest, our commands in-process."""
        if self.file:
            (folder / self.file).write_text(self.text)
        elif self.language in ("bash", "console"):
            self._run_commands()
        elif self.text.lstrip().startswith(">>>"):
            self._run_session(namespace)
        elif re.search(r"^(async )?def test_", self.text, re.MULTILINE):
            self._run_tests(folder)
        else:
            exec(self.compiled(), namespace)

    def _run_session(self, namespace):
        test = doctest.DocTestParser().get_doctest(
            self.text, {}, self.place, str(self.page), self.line - 1
        )
        test.globs = namespace  # Not a copy: later blocks of the page see what this one defines.
        assert_examples_hold(test, clear_globs=False)

    def _run_tests(self, folder):
        path = folder / f"test_line_{self.line}.py"
        path.write_text(self.text)
        where = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTEST_ADDOPTS": ""}
        outcome = subprocess.run(
            [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", str(path)],
            capture_output=True,
            text=True,
            cwd=folder,
            env=os.environ | where,
            check=False,
        )
        assert outcome.returncode == 0, f"{self.place}\n{outcome.stdout}{outcome.stderr}"

    def _run_commands(self):
        main = importlib.import_module("ahoyhoy.cli").main
        for arguments, expected in self.commands():
            printed = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
            try:
                with contextlib.redirect_stdout(printed):
                    status = main(arguments)
            except SystemExit as end:
                status = end.code
            command = f"{self.place}: ahoyhoy {shlex.join(arguments)}"
            assert not status, f"{command} gave {status!r}"
            got = printed.buffer.getvalue().decode()
            same = doctest.OutputChecker().check_output(expected, got, DOCTEST_FLAGS)
            assert same or not expected.strip(), f"{command}\nExpected:\n{expected}Got:\n{got}"

    def commands(self):
        """The arguments of each `ahoyhoy …` line, and the output shown below it, perhaps none.

        Other programs are not ours to run. Output is shown in `console` blocks only, where
        commands stand behind a prompt.
        """
        found = []
        for line in self.text.replace("\\\n", " ").splitlines():
            if self.language == "bash" or line.startswith("$ "):
                first, *rest = shlex.split(line.removeprefix("$ "), comments=True) or [""]
                found.append((first, rest, []))
            elif found:
                found[-1][2].append(line + "\n")
        return [(rest, "".join(shown)) for first, rest, shown in found if first == "ahoyhoy"]

    @property
    def runs(self):
        """Whether there is anything to do for it."""
        if self.file:
            return True
        if self.language in ("bash", "console"):
            return bool(self.commands())
        return self.language in ("python", "pycon")


def blocks(page):
    """The fenced blocks of a page in their order; what stands inside a directive counts too."""
    lines = page.read_text().splitlines()
    found, directives, number = [], [], 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        number += 1
        if not fence:
            continue
        marks, language = fence[1], fence[2].strip()
        if directives and not language and len(marks) >= len(directives[-1]):
            directives.pop()
        elif language.startswith("{"):
            directives.append(marks)
        else:
            start = number
            while lines[number].strip() != marks:
                number += 1
            text = "\n".join(lines[start:number]) + "\n"
            comment = _COMMENT.match(lines[start - 2]) if start > 1 else None
            remark = {comment[1].replace(" ", "_"): comment[2]} if comment else {}
            found.append(Block(page, start + 1, language, text, **remark))
            number += 1
    return found


def run_page(page, folder, needs=None, names=()):
    """Runs the blocks of a page one after the other; those left out are left out.

    Args:
        needs: only the blocks that need this; None: those that need nothing.
        names: what they find defined.

    Returns:
        What they have defined.
    """
    namespace = {"__name__": "__main__", **dict(names)}
    for block in blocks(page):
        if block.runs and not block.not_run and block.needs == needs:
            block.run(namespace, folder)
    return namespace


def assert_examples_hold(test, *, clear_globs=True):
    """Runs a doctest; an error with its report when what is printed is not what is written."""
    report = []
    runner = doctest.DocTestRunner(optionflags=DOCTEST_FLAGS)
    runner.run(test, out=report.append, clear_globs=clear_globs)
    assert not runner.failures, "".join(report)
