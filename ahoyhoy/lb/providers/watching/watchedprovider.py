"""What every source of hosts shares that is told of changes: the thread, the last good list, the way back."""

from __future__ import annotations

import math
import random
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from ...._core import Clock
from ...._fork import renew_after_fork
from ....exceptions import ProviderError
from ....http.bounds import AttemptCancelledError, Bounds, bounding
from ....utils.instance import Instance
from ..cached import grace, seconds, time_left
from ..iprovider import IProvider
from .listing import Listing
from .watch import Answer, NoHosts, Source, Watch

#: Seconds that closing waits for a source that does not notice.
_PATIENCE = 1.0
#: Seconds until a thread that could not be started is started again.
_THREAD_RETRY = 1.0


class WatchedProvider(IProvider):
    """Base of a source that tells of changes by itself: give it a `Source`, which says how.

    * The first `get_list`, or `changes`, starts one daemon thread, which watches the source. The
      first `get_list` blocks until there is a list; it fails at once with what the source failed
      with, and while the pause after that lasts.
    * From then on nothing blocks: `get_list` returns the last good list, `changes` moves as soon as
      the source has told of another one.
    * The list survives errors. The watch begins again after up to 1, 2, 4 s, then up to an eighth
      of the time that it has been away, 30 s at most; by chance anything down to a tenth of that,
      so that the clients of a registry that was restarted do not come back all at once. After a
      refusal (`RefusedError`) the pause is up to 30 s. A registry that asks for a pause
      (`Retry-After`, with 429 or 503) is left alone for so long before that, up to 300 s.
    * An empty answer after one with hosts is not believed for `empty_grace` seconds.

    Logs as `CachedProvider` does.

    Args:
        source: what is watched.
        timeout: seconds that the first `get_list` waits at most; less, if the deadline of the
            call comes first. Default 10.
        empty_grace: seconds; 0 believes an empty list at once, `math.inf` never. Default 30.
        clock: seconds that only go forward.
        rng: where the jitter comes from.

    Raises:
        ValueError: for seconds that cannot be.

    Threading: any number of threads may share a provider. It is held weakly by its thread, which
    ends with it, with `close()`, and with the interpreter. A forked child keeps the list and
    watches by itself as soon as it is asked. A pickled provider carries its settings, not its list.
    """

    def __init__(
        self,
        source: Source,
        *,
        timeout: float = 10.0,
        empty_grace: float = 30.0,
        clock: Clock = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._source = source
        self._timeout = seconds("timeout", timeout)
        self._empty_grace = grace(empty_grace)
        self._clock = clock
        self._rng = rng
        self._reset()

    def get_list(self) -> tuple[Instance, ...]:
        """The last good list, at once; while there has never been one, blocks for it.

        Raises:
            ProviderError: the source cannot be read and there is no earlier list.
        """
        closings = self._listing.closings
        self._begin()
        self._listing.settle()
        hosts = self._listing.known.hosts
        return self._first_list(closings) if hosts is None else hosts

    def changes(self) -> int:
        """Grew if the list changed. Never blocks; starts the watch."""
        self._begin()
        self._listing.settle()
        return self._listing.known.changes

    @property
    def stale_for(self) -> float:
        """Seconds since the source last confirmed the list, while it fails or says that there are no hosts."""
        return self._listing.known.stale_for(self._clock())

    def close(self) -> None:
        """End the watch. The list stays; the next `get_list` or `changes` begins a new watch.

        Blocks for a second at most, and only while the source does not notice. Whoever waits for
        the first list gets a `ProviderError`.
        """
        with self._lock:
            run = self._forget_run()
        if run is not None:
            run.stop()
            self._listing.closed()
            run.join(_PATIENCE)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._source.name}>"

    def __getstate__(self) -> dict[str, Any]:
        live = ("_lock", "_run", "_at_end", "_listing", "_start_at")
        return {name: value for name, value in self.__dict__.items() if name not in live}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()

    def _reset(self) -> None:
        self._listing = Listing(
            self._source.name, empty_grace=self._empty_grace, clock=self._clock, rng=self._rng
        )
        self._without_thread()
        renew_after_fork(self)

    def _without_thread(self) -> None:
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._at_end: weakref.finalize[..., Any] | None = None
        self._start_at = -math.inf

    def _after_fork(self) -> None:
        # The thread is the parent's, and so is its connection: it must not be ended from here.
        if self._at_end is not None:
            self._at_end.detach()
        self._listing.renew()
        self._without_thread()

    def _begin(self) -> None:
        run = self._run
        if (run is not None and not run.over) or self._clock() < self._start_at:
            return
        failure: Exception | None = None
        with self._lock:
            if self._run is not None and not self._run.over:
                return
            self._forget_run()
            run = _Run(self._source, self._listing)
            try:
                run.start()
                self._at_end = weakref.finalize(self, run.stop)
                self._run = run
            except RuntimeError as error:  # too many threads, or the interpreter is ending
                run.stop()
                failure = error
                self._start_at = self._clock() + _THREAD_RETRY
            except BaseException:  # an interrupt; perhaps the thread runs by now
                run.stop()
                self._forget_run()
                raise
        if failure is not None:
            self._listing.failed(failure)

    def _forget_run(self) -> _Run | None:
        run, self._run = self._run, None
        if self._at_end is not None:
            self._at_end.detach()
            self._at_end = None
        return run

    def _first_list(self, closings: int) -> tuple[Instance, ...]:
        left = time_left()
        longest = self._timeout if left is None else min(self._timeout, left)
        return self._listing.first(longest, closings)


class _Run:
    """One thread, from its start to its end. Knows nothing of the provider."""

    def __init__(self, source: Source, listing: Listing) -> None:
        self._source = source
        self._listing = listing
        self._watch = Watch()
        #: whether the thread has ended, or is about to
        self.over = False
        name = f"ahoyhoy-watch {source.name}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.start: Callable[[], None] = self._thread.start
        self.stop: Callable[[], None] = self._watch.end

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, unless this is it: a listener of logs may close, too."""
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)

    def _work(self) -> None:
        try:
            with bounding(Bounds(cancellation=self._watch.cancellation)):
                while not self._watch.ended:
                    pause = self._once()
                    with suppress(AttemptCancelledError):
                        self._watch.pause(pause)
        finally:
            self.over = True

    def _once(self) -> float:
        """Watch until that ends; the seconds until it may begin again."""
        self._listing.begun()
        try:
            with closing(self._source.watch(self._watch)) as answers:
                for answer in answers:
                    if self._watch.ended:
                        break
                    self._take(answer)
            error: Exception = ProviderError("the watch ended")
        except BaseException as caught:
            # Whatever it is, as asyncio's CancelledError: in this thread nobody else hears of it.
            error = caught if isinstance(caught, Exception) else ProviderError(repr(caught))
            # Without the traceback, which knows this frame, which knows the error.
            error = error.with_traceback(None)
        return 0.0 if self._watch.ended else self._listing.failed(error)

    def _take(self, answer: Answer) -> None:
        if isinstance(answer, NoHosts):
            self._listing.answered((), answer.why)
        else:
            self._listing.answered(answer)
