import pytest

from ahoyhoy._core import Block, Call, Send, Sleep
from ahoyhoy._drivers import ThreadDriver


def test_it_performs_each_effect_and_hands_the_answer_back():
    slept = []

    def steps():
        sent = yield Send("endpoint", Call("GET", "/"))
        pause = yield Sleep(1.5)
        result = yield Block(lambda: "blocked")
        return sent, pause, result

    driver = ThreadDriver(lambda endpoint, call: (endpoint, call.method), sleep=slept.append)
    assert driver.run(steps()) == (("endpoint", "GET"), None, "blocked")
    assert slept == [1.5]


def test_steps_without_effects_return_at_once():
    def steps():
        return "done"
        yield

    assert ThreadDriver(None).run(steps()) == "done"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_what_an_effect_raises_is_raised_in_the_steps_and_may_be_answered(error):
    def fail():
        raise error

    def steps():
        try:
            yield Block(fail)
        except error:
            return (yield Block(lambda: "recovered"))

    assert ThreadDriver(None).run(steps()) == "recovered"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_the_steps_let_go_of_is_raised(error):
    released = []

    def fail():
        raise error

    def steps():
        try:
            yield Block(fail)
        finally:
            released.append(1)

    with pytest.raises(error):
        ThreadDriver(None).run(steps())
    assert released == [1]
