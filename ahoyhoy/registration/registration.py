"""Registers this process in a registry while it serves."""

from __future__ import annotations

import atexit
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .._core import Clock, is_number
from .._fork import renew_after_fork
from ..utils import Instance
from ..utils.instance import as_instance
from .farewell import Farewell
from .registry import Entry, Registry
from .tenancy import Tenancy, leave_together
from .url import registry_of

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds that `close` waits for the registry.
_PATIENCE = 5.0
#: Seconds. Registries count in whole ones, and etcd grants no lease below two.
_SHORTEST_TTL = 2.0
#: Where a server listens, which is nowhere that others could connect to.
_WILDCARDS = ("0.0.0.0", "::", "[::]")  # noqa: S104 - refused, not bound

# No state of its own: processes draw different numbers.
_CHANCE = random.SystemRandom()
# Those of this process that are entered, in that order. A dict's own operations need no lock: a
# signal's handler looks at it between any two instructions.
_entered: dict[Registration, None] = {}


class Registration:
    """This process, in a registry: from entering to leaving the `with`.

    * One daemon thread registers, renews three times per TTL, and runs `check` each time. Entering
      does not wait for it: a service whose registry is away serves all the same, and is registered
      as soon as the registry is back; also after the registry has lost what it knew.
    * Errors are logged by `ahoyhoy.registration`, once a minute at most, and tried again after
      jittered pauses up to 30 s. See `registered` and `error`.
    * It deregisters when the `with` ends, when the program does, and at SIGTERM, before whatever
      was to happen then; at the end of the program and at SIGTERM all of a process side by side.
      After a crash the registry drops it when the TTL is over.
    * SIGTERM is taken notice of if the main thread entered, and the program does not ignore it. A
      handler that is installed later replaces this one, unless it calls it.
    * A forked child neither renews nor deregisters: the process that entered does.

    Args:
        registry: a `ConsulRegistry`, `EtcdRegistry`, `ZooKeeperRegistry` or `EurekaRegistry`, or
            one of your own; or a URL as for `registry_of`.
        name: the service's name.
        host: where others reach this process: a `Host`, an `(address, port)`, or an `Instance`
            that also says a weight, zone or scheme.
        check: whether the service is well: a function without arguments. When it returns something
            false or raises, the registry is told that the service is not to be used (Consul:
            critical; Eureka: DOWN; else it is deregistered), until it is well again. Called in the
            thread; while it does not return, nothing is renewed. Default: it always is.
        ttl: seconds until a registry drops what is not renewed, from 2. Default 15.
        clock: seconds that only go forward.
        rng: where the jitter comes from.

    Raises:
        ValueError: for a name, host or time that cannot be, or that the registry cannot hold.

        RuntimeError: from a `with` inside of another with the same object: there is one entry, and
            the inner one's end would take it out. After its end it may be entered again.

    Threading: everything may be called from any thread.
    """

    def __init__(
        self,
        registry: Registry | str,
        name: str,
        host: Any,
        *,
        check: Callable[[], object] | None = None,
        ttl: float = 15.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(name, str) or not name.strip("/") or "/" in name:
            raise ValueError(f"name is that of a service such as 'users', not {name!r}")
        if check is not None and not callable(check):
            raise ValueError(f"check is a function without arguments, not {check!r}")
        if not is_number(ttl) or not _SHORTEST_TTL <= ttl < float("inf"):
            raise ValueError(f"ttl must be seconds from {_SHORTEST_TTL:.0f} up, not {ttl!r}")
        self._registry = registry_of(registry) if isinstance(registry, str) else registry
        self._check = check
        self._clock = clock
        self._rng = rng or _CHANCE
        mark = f"{self._rng.getrandbits(64):016x}"
        self._entry = Entry(name, _reachable(as_instance(host)), float(ttl), mark)
        self._new_tenancy()  # the registry's own checks, now, not in the thread
        self._farewell = Farewell(_close_all)
        self._tenancy: Tenancy | None = None
        self._elsewhere = False
        self._lock = threading.Lock()
        renew_after_fork(self)

    @property
    def registered(self) -> bool:
        """Whether the registry was told, at the last renewal, that the service is there and well.

        False in a forked child, which renews nothing.
        """
        tenancy = self._tenancy
        return tenancy is not None and tenancy.registered

    @property
    def error(self) -> Exception | None:
        """What kept it from being registered or renewed, when that was tried last."""
        tenancy = self._tenancy
        return None if tenancy is None else tenancy.error

    def start(self) -> None:
        """Register, in the background: as entering the `with`, for servers with hooks. Does not block.

        Does nothing if it is entered, or was started, already.

        Raises:
            RuntimeError: the process that forked this one is registered with this; or there can be
                no more threads.
        """
        self._begin()

    def _begin(self) -> bool:
        """Whether it was not entered before."""
        if self._elsewhere:
            raise RuntimeError(
                f"{self!r} was entered by the process that forked this one, which renews it:"
                " enter it in one of them only"
            )
        tenancy = self._new_tenancy()
        with self._lock:
            if self._tenancy is not None:
                return False
            self._tenancy = tenancy  # first: its check may close it
            _entered[self] = None
            try:
                tenancy.start()
            except BaseException:  # too many threads; or an interrupt, and perhaps it runs by now
                self._tenancy = None
                _entered.pop(self, None)
                leave_together([tenancy], _PATIENCE)
                raise
        atexit.register(self._at_exit)
        # A new one: what took the place of the last may call that, which must not call it in turn.
        self._farewell = Farewell(_close_all)
        self._farewell.install()
        return True

    def close(self) -> None:
        """Deregister: as leaving the `with`.

        Blocks until the registry has been told, for 5 s at most. Does nothing in a forked child.
        """
        _close([self])

    def __enter__(self) -> Self:
        if not self._begin():
            raise RuntimeError(
                f"{self!r} is entered already, and the end of a second with would deregister it:"
                " leave that with out, or make a Registration of its own for another host"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Registration of {self._entry.service} at {self._entry.where}>"

    def _left(self, tenancy: Tenancy) -> None:
        if self._tenancy is tenancy:  # unless it was closed by another thread, too
            self._tenancy = None
            _entered.pop(self, None)
            atexit.unregister(self._at_exit)
            self._farewell.remove()

    def _at_exit(self) -> None:
        # A method, for it to be unregistered alone. The last that was entered is called first.
        _close_all()

    def _new_tenancy(self) -> Tenancy:
        return Tenancy(self._registry, self._entry, self._check, clock=self._clock, rng=self._rng)

    def _after_fork(self) -> None:
        # The thread is the parent's, and so is the entry.
        self._elsewhere = self._elsewhere or self._tenancy is not None
        self._tenancy = None
        _entered.pop(self, None)
        self._lock = threading.Lock()


def _close_all() -> None:
    """Close all of this process: at SIGTERM, and at its end."""
    _close(list(_entered))


def _close(registrations: Iterable[Registration]) -> None:
    # Without their locks: a signal's handler calls this in the thread that may have one.
    tenancies = [(it, tenancy) for it in registrations if (tenancy := it._tenancy) is not None]
    leave_together([tenancy for _, tenancy in tenancies], _PATIENCE)
    # The last first: its handler of the signal is in front of the others'.
    for registration, tenancy in reversed(tenancies):
        registration._left(tenancy)


def _reachable(instance: Instance) -> Instance:
    if instance.host.port in (None, ""):
        raise ValueError("host needs its port, as in ('10.0.0.1', 8080)")
    if instance.host.address in _WILDCARDS:
        raise ValueError(
            f"{instance.host.address} is where a server listens: give the address that others reach"
        )
    return instance
