"""Rendezvous hashing: every client ranks the hosts for a key alike, without asking anybody.

Highest random weight: Thaler, Ravishankar, "Using Name-Based Mappings to Increase Hit Rates",
IEEE/ACM Transactions on Networking 6(1), 1998. A host that goes takes only its own keys away.
"""

from __future__ import annotations

import hashlib
import math

_64_BITS = (1 << 64) - 1


def hash_of(text: str) -> int:
    """64 bits of a text: the same in every process, machine and version of Python."""
    # A lone surrogate, as from a file name, is as good a key as any.
    content = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


def host_hash(host: object) -> int:
    """The hash of an address and its port; of whatever else a provider gave, as it is shown."""
    if isinstance(host, tuple) and len(host) == 2:
        return hash_of(f"{host[0]}:{host[1]}".lower())
    return hash_of(str(host))


def mixed(key: int, host: int) -> int:
    """64 bits that depend on every bit of both.

    The finalizer of SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
    Generators", OOPSLA 2014.
    """
    bits = key ^ host
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & _64_BITS
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & _64_BITS
    return bits ^ (bits >> 31)


def score(key: int, host: int, weight: float) -> float:
    """The rank of a host for a key: each host is the highest for its share of the keys.

    -weight / ln(u) for a uniform u: Schindelhauer, Schomaker, "Weighted Distributed Hash
    Tables", SPAA 2005.
    """
    # 52 bits, and a half: neither 0 nor, by rounding, 1.
    uniform = ((mixed(key, host) >> 12) + 0.5) * 2.0**-52
    return -weight / math.log(uniform)
