"""The circuits of a process that hear what others find out, and how many of them are open."""

import gc

import pytest

from ahoyhoy.circuit.audience import Audience
from ahoyhoy.circuit.sharedbreaker import Grapevine, SharedBreaker


class Silent(Grapevine):
    """Nobody is told anything."""

    def listen(self):
        pass

    def tell(self, word):
        pass

    def __call__(self, name=None):
        return SharedBreaker(self, name)


@pytest.fixture
def audience(clock):
    return Audience(clock)


@pytest.fixture
def join(audience):
    """Circuits of so many hosts, which are among them."""

    def make(count, name="a"):
        circuits = [Silent()(f"{name}:{port}") for port in range(count)]
        for circuit in circuits:
            audience.add(circuit, circuit.name)
        return circuits

    return make


def test_a_host_may_have_several_circuits(audience, join):
    one, other = join(1)[0], join(1)[0]
    assert audience.of("a:0") == [one, other]
    assert audience.of("b:0") == []


def test_circuits_nobody_has_any_more_are_forgotten(audience, join):
    kept = join(3, "kept")
    for number in range(20):
        join(10)
        join(10, f"others-{number}")
        gc.collect()
    assert len(audience._circuits) < 60
    assert audience.of("kept:1") == [kept[1]]
    assert audience.of("a:1") == []
    again = join(1)
    assert audience.of("a:0") == again


def test_few_circuits_are_counted_exactly(audience, join):
    circuits = join(10)
    for circuit in circuits[:4]:
        circuit.open()
    assert not audience.would_be_half_open([circuits[3]])  # open before
    assert not audience.would_be_half_open([circuits[4]])
    assert audience.would_be_half_open(circuits[4:6])
    circuits[0].close()
    assert not audience.would_be_half_open([circuits[5]])


def test_of_many_circuits_the_count_is_kept_up_without_looking_at_all(audience, join):
    circuits = join(1000)
    answers = []
    for circuit in circuits:
        answers.append(audience.would_be_half_open([circuit]))
        circuit.open()
    assert answers == [False] * 500 + [True] * 500


def test_many_questions_do_not_look_at_all_circuits_each(audience, join, monkeypatch):
    circuits, looked = join(1000), []
    state = SharedBreaker.state.fget
    monkeypatch.setattr(
        SharedBreaker, "state", property(lambda circuit: (looked.append(1), state(circuit))[1])
    )
    for circuit in circuits:
        audience.would_be_half_open([circuit])
    assert len(looked) < 20 * len(circuits)


def test_what_was_counted_is_not_believed_for_long(audience, join, clock):
    circuits = join(160)
    for circuit in circuits[:90]:
        circuit.open()
    assert audience.would_be_half_open([])
    for circuit in circuits[:90]:
        circuit.close()
    clock.advance(0.5)
    assert not audience.would_be_half_open([])


def test_a_child_has_a_lock_of_its_own(audience, join):
    (circuit,) = join(1)
    with audience._lock:
        audience._after_fork()
        assert audience.of("a:0") == [circuit]
