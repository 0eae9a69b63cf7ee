"""The command, as a shell runs it."""

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "ahoyhoy"]


@pytest.fixture
def ahoyhoy(tmp_path):
    """`ahoyhoy(word, …, NAME=value)`: runs the command with these variables set."""

    def run(*words, **variables):
        ran = subprocess.run(
            [*COMMAND, *words],
            capture_output=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **variables},
        )
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()

    return run


@pytest.fixture
def doctor(ahoyhoy):
    """`doctor(target, …)`: the exit code, and what is in its JSON."""

    def run(*words, **variables):
        code, told, error = ahoyhoy("doctor", *words, "--json", **variables)
        assert error == ""
        return code, json.loads(told)

    return run
