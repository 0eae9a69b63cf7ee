import pytest

from ahoyhoy._core import Call
from ahoyhoy.strategies import Hedged, PerMethod, Sequential, Single


class Named:
    """A strategy whose steps are its name, and the course they were given."""

    def __init__(self, name):
        self.name = name

    def run(self, call, course):
        yield (self.name, call.method, course)


STRATEGY = PerMethod({"GET": Named("get"), "post": Named("post")}, Named("otherwise"))


@pytest.mark.parametrize(
    ("method", "name"),
    [("GET", "get"), ("POST", "post"), ("HEAD", "otherwise"), ("PURGE", "otherwise")],
)
def test_each_method_has_its_strategy_and_the_rest_another(method, name):
    steps = STRATEGY.run(Call(method, "/"), "the course")
    assert list(steps) == [(name, method, "the course")]


@pytest.mark.parametrize("wrong", [None, 3, Single, Hedged, "GET", object()])
def test_what_is_no_strategy_is_refused_at_once(wrong):
    for make in (lambda: PerMethod({"GET": wrong}, Single()), lambda: PerMethod({}, wrong)):
        with pytest.raises(TypeError, match="is no strategy: give Single"):
            make()


@pytest.mark.parametrize("wrong", [None, Single(), [("GET", Single())], {1: Single()}], ids=repr)
def test_what_is_no_mapping_of_methods_is_refused_at_once(wrong):
    with pytest.raises(TypeError, match="strategies are a mapping of methods"):
        PerMethod(wrong, Single())


def test_it_shows_its_strategies():
    shown = repr(PerMethod({"GET": Single()}, Sequential()))
    assert shown.startswith("PerMethod({'GET': Single()}, otherwise=Sequential(RetryPolicy(")
