import pytest

from ahoyhoy._core import Call, Verdict
from ahoyhoy.strategies import Single


class Course:
    """Has one attempt to give; asking for anything else is an AttributeError."""

    def __init__(self, result):
        self.result = result

    def attempt(self):
        yield "attempt"
        return self.result


@pytest.mark.parametrize("verdict", list(Verdict))
def test_it_makes_one_attempt_whatever_becomes_of_it(outcome, verdict):
    result = outcome(verdict)
    steps = Single().run(Call("GET", "/"), Course(result))
    assert next(steps) == "attempt"
    with pytest.raises(StopIteration) as ended:
        steps.send(None)
    assert ended.value.value is result


def test_it_shows_what_it_is():
    assert repr(Single()) == "Single()"
