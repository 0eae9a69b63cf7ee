"""Threads in virtual time: one runs, the others wait, and the clock jumps to whoever is next.

Real threads pass a baton. One that sleeps, or waits at a gate, hands it to the thread whose time
comes first, and of two with the same time to the one that asked first: the order in which things
happen is the same in every run. Code between two waits takes no time.
"""

from __future__ import annotations

import contextvars
import heapq
import itertools
import math
import threading
from collections.abc import Callable

from .clock import FakeClock


class StandstillError(RuntimeError):
    """Every thread waits, and no time at which one of them would go on."""


class SimulationOver(BaseException):
    """Ends a thread whose simulation was closed. No `except Exception` is meant to stop it."""


class _Turn:
    """A thread's place in the order."""

    __slots__ = ("baton", "error", "real", "ticket")

    def __init__(self) -> None:
        #: taken; whoever releases it lets the thread run
        self.baton = threading.Lock()
        self.baton.acquire()
        #: its entry among the times that come; others with its name are out of date
        self.ticket: int | None = None
        #: what it is to raise when it runs again
        self.error: BaseException | None = None
        self.real: threading.Thread | None = None


class VirtualTime:
    """How threads wait and start in virtual time: a `World` for `ThreadDriver`.

    The thread of the test takes part without being started: it runs until it waits.

    Args:
        clock: shows the time; moved by nobody else while a thread waits.

    Threading: everything but `Gate.open` is for the thread that runs.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        # Re-entrant: the garbage collector may end a lease, which opens a gate, anywhere.
        self._lock = threading.RLock()
        self._tickets = itertools.count()
        self._times: list[tuple[float, int, _Turn]] = []
        #: who waits, and whether for the end of other threads only
        self._waiting: dict[_Turn, bool] = {}
        self._started: dict[_Turn, None] = {}
        self._ended: list[threading.Thread] = []
        self._here = threading.local()
        self._test = _Turn()
        self._running = self._test
        self._over = False

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass for this thread; with 0, let others run that are due now."""
        if not seconds >= 0:
            raise ValueError(f"sleep takes seconds from 0 up, not {seconds!r}")
        self._wait(seconds)

    def gate(self) -> VirtualGate:
        """A new gate, shut."""
        return VirtualGate(self)

    def start(self, run: Callable[[], None]) -> None:
        """Run a function in a thread of its own, once this one waits."""
        self._own()
        turn = _Turn()
        context = contextvars.copy_context()
        turn.real = threading.Thread(
            target=context.run, args=(self._live, turn, run), daemon=True, name="ahoyhoy-simulated"
        )
        with self._lock:
            self._started[turn] = None
            self._waiting[turn] = False
            self._schedule_locked(turn, self._clock())
        turn.real.start()

    def join(self, gate: VirtualGate) -> None:
        """Wait at a gate that another thread opens at its end, whatever becomes of it."""
        self._wait(None, gate, join=True)

    def settle(self) -> None:
        """Let run whoever is due now, and see the threads off that have ended.

        From the thread of the test; from others it does nothing.
        """
        if self._own() is not self._test:
            return
        if self._started:
            self._wait(0.0)
        self._see_off()

    def close(self) -> None:
        """End the threads that were started, wherever they wait. Time may go on afterwards."""
        me = self._own()
        self._over = True
        try:
            while others := [turn for turn in self._started if turn in self._waiting]:
                with self._lock:
                    for turn in others:
                        turn.error = turn.error or SimulationOver()
                        self._schedule_locked(turn, self._clock())
                self._park(me, self._clock())
        finally:
            self._over = False
        self._see_off()

    # -- inside -------------------------------------------------------------------------------

    def _own(self) -> _Turn:
        turn: _Turn = getattr(self._here, "turn", self._test)
        if turn is not self._running:
            raise RuntimeError(
                "this thread is none of the simulation's: have Simulator.start(…) or"
                " Simulator.together(…) start it"
            )
        return turn

    def _wait(
        self, seconds: float | None, gate: VirtualGate | None = None, *, join: bool = False
    ) -> None:
        """Hand the baton on until the time has come, or the gate is open."""
        me = self._own()
        if self._over:
            raise SimulationOver
        endless = seconds is None or seconds == math.inf
        until = None if endless or seconds is None else self._clock() + max(0.0, seconds)
        if gate is None:
            self._park(me, until, join=join)
            return
        with self._lock:
            if gate.is_open:
                return
            gate.waiting.append(me)
        try:
            self._park(me, until, join=join)
        finally:
            gate.waiting.remove(me)

    def _park(self, me: _Turn, until: float | None, *, join: bool = False) -> None:
        with self._lock:
            self._waiting[me] = join
            if until is not None:
                self._schedule_locked(me, until)
        self._hand_on(me)
        error, me.error = me.error, None
        if error is not None:
            raise error

    def _hand_on(self, me: _Turn) -> None:
        """Let the next thread run, and come back when this one is next."""
        turn = self._next()
        if turn is not me:
            self._running = turn
            turn.baton.release()
            try:
                me.baton.acquire()
            except (
                BaseException
            ):  # an interrupt: another thread runs now, one must not run beside it
                with self._lock:
                    self._hurry_locked(me)
                me.baton.acquire()
                raise

    def _next(self) -> _Turn:
        with self._lock:
            while True:
                if not self._times:
                    self._stand_still_locked()
                due, ticket, turn = heapq.heappop(self._times)
                if turn.ticket == ticket:
                    break
            turn.ticket = None
            del self._waiting[turn]
            self._clock.advance_to(due)
            return turn

    def _stand_still_locked(self) -> None:
        # Who waits for the end of others need not be told: they end now.
        stuck = [turn for turn, join in self._waiting.items() if not join] or [*self._waiting]
        for turn in stuck:
            turn.error = StandstillError(
                f"at {self._clock():g} s every thread of the simulation waits"
                f" ({len(self._waiting)} in all), and none for a time that comes: for each other,"
                " or for an answer without a timeout"
            )
            self._schedule_locked(turn, self._clock())

    def _schedule_locked(self, turn: _Turn, at: float) -> None:
        turn.ticket = next(self._tickets)
        heapq.heappush(self._times, (at, turn.ticket, turn))

    def _hurry_locked(self, turn: _Turn) -> None:
        if turn in self._waiting:  # not on its way already
            self._schedule_locked(turn, self._clock())

    def _wake(self, gate: VirtualGate) -> None:
        with self._lock:
            gate.is_open = True
            for turn in gate.waiting:
                self._hurry_locked(turn)

    def _live(self, me: _Turn, run: Callable[[], None]) -> None:
        """The whole of a started thread."""
        me.baton.acquire()
        self._here.turn = me
        try:
            if me.error is None:
                run()
        except SimulationOver:
            pass
        finally:
            with self._lock:
                del self._started[me]
                self._ended.append(threading.current_thread())
            if len(self._ended) > 100:
                self._see_off()
            self._running = turn = self._next()
            turn.baton.release()

    def _see_off(self) -> None:
        """Wait for the threads that have only their last breath left."""
        ended, self._ended = self._ended, []
        for thread in ended:
            if thread is threading.current_thread():
                self._ended.append(thread)
            else:
                thread.join()


class VirtualGate:
    """A gate for threads in virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self.is_open = False
        self.waiting: list[_Turn] = []

    def open(self) -> None:
        """Let everybody through, now and for ever. Does not wait for them to go."""
        self._time._wake(self)

    def wait(self, seconds: float | None = None) -> bool:
        """Block until it is open, or so many seconds have passed; whether it is open."""
        self._time._wait(seconds, self)
        return self.is_open
