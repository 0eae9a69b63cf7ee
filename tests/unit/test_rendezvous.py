import subprocess
import sys
from collections import Counter

import pytest

from ahoyhoy.lb.rendezvous import hash_of, host_hash, mixed, score
from ahoyhoy.utils import Host


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0xE4A6A0577479B2B4),
        ("/users/1", 7508414019083082910),
        ("schlüssel", 14181183058140550426),
        ("\udcff", 14852696944405235362),
    ],
)
def test_a_hash_is_the_same_for_ever(text, number):
    assert hash_of(text) == number


def test_a_host_is_its_address_and_port_however_they_are_written():
    assert host_hash(Host("a.example", 80)) == host_hash(("A.example", "80"))
    assert host_hash(Host("a.example", 80)) != host_hash(Host("a.example", 81))
    assert host_hash("junk") != host_hash("other junk")


def test_ranks_are_the_same_in_another_process():
    code = (
        "from ahoyhoy.lb.rendezvous import *; print(score(hash_of('k'), host_hash(('a', 1)), 2.0))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert float(found.stdout) == score(hash_of("k"), host_hash(("a", 1)), 2.0)


def test_the_mix_is_the_one_of_splitmix64():
    # The first two numbers of its sequence from 0, whose states are multiples of the golden ratio.
    golden = 0x9E3779B97F4A7C15
    assert mixed(0, golden) == 0xE220A8397B1DCDAF
    assert mixed(golden, 0) == 0xE220A8397B1DCDAF
    assert mixed(0, 2 * golden % 2**64) == 0x6E789E6AA1B965F4


def test_every_bit_of_a_key_changes_about_half_of_the_mix():
    changed = [
        (mixed(key, 1 << 40) ^ mixed(key ^ (1 << bit), 1 << 40)).bit_count()
        for key in range(20)
        for bit in range(64)
    ]
    assert sum(changed) / len(changed) == pytest.approx(32, abs=1)


@pytest.mark.parametrize("bits", [0, (1 << 64) - 1])
def test_the_ends_of_the_range_have_a_rank_too(bits, monkeypatch):
    monkeypatch.setattr("ahoyhoy.lb.rendezvous.mixed", lambda *_: bits)
    assert 0 < score(1, 2, 1.0) < float("inf")


def test_keys_are_shared_in_proportion_to_the_weights():
    hosts = {("a", 1): 1.0, ("b", 1): 2.0, ("c", 1): 5.0}
    counts = Counter(
        max(hosts, key=lambda host: score(key, host_hash(host), hosts[host]))[0]
        for key in map(hash_of, map(str, range(8000)))
    )
    for (name, _), weight in hosts.items():
        assert counts[name] == pytest.approx(1000 * weight, rel=0.1)
