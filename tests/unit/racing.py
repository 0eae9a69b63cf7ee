"""A race driven by hand: a scripted course, tasks that end when the clock says so, no threads."""

from ahoyhoy._core import NO_HOST, Call, Fork, Judgement, Outcome, Park, Sleep, Verdict

GET = Call("GET", "/")


class Streamed:
    """An answer whose body nobody has read."""

    _content_consumed = False
    closed = 0

    def close(self):
        self.closed += 1


def ended(verdict="accepted", elapsed=0.0, response=None, error=None):
    """What an attempt comes to."""
    if verdict == "no host":
        return Outcome(NO_HOST, error=ConnectionError("no host"))
    verdict = Verdict(verdict)
    if error is None and verdict is not Verdict.ACCEPTED:
        error = ConnectionError(verdict.value)
    return Outcome(Judgement(verdict), response, error, elapsed)


class Task:
    """Steps that end at a moment."""

    def __init__(self, ends, result):
        self.ends = ends
        self.done = self.cancelled = False
        self._result = result
        self._waiting = []

    def result(self):
        assert self.done
        if isinstance(self._result, BaseException):
            raise self._result
        return self._result

    def when_done(self, tell):
        if self.done:
            tell()
        else:
            self._waiting.append(tell)
        return lambda: tell in self._waiting and self._waiting.remove(tell)

    def cancel(self):
        self.cancelled = True

    def end(self):
        self.done = True
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()


class Course:
    """What a strategy is given, and a driver for what it yields.

    Args:
        clock: of the race.
        script: for each attempt its seconds, and a verdict, an outcome, or what it raises.
        hosts: how many there are; an attempt elsewhere takes one that no other had.
        hedges: what `leave_to_hedge` answers, one by one; the last for ever.
        leave: the pause that `leave_to_repeat` allows: `leave(last, delay)`.
    """

    def __init__(
        self,
        clock,
        *script,
        hosts=9,
        other_hosts=True,
        hedges=(True,),
        leave=lambda _, delay: delay,
    ):
        self.clock = clock
        self.other_hosts = other_hosts
        self._script = list(script)
        self._hosts = hosts
        self._hedges = list(hedges)
        self._leave = leave
        self.tasks = []
        #: when each attempt began, and whether it was to be elsewhere
        self.starts = []
        self.elsewhere = []
        #: those that were made one after another
        self.alone = 0
        self.slept = []
        self.denied = []
        self.won = []
        self.repeated = []

    # -- the course ---------------------------------------------------------------------------

    @property
    def spare_host(self):
        return len(self.starts) < self._hosts

    def attempt(self, *, elsewhere=False):
        self.elsewhere.append(elsewhere)
        return self._attempt()

    def _attempt(self):
        self.alone += 1
        return (yield "attempt")

    def leave_to_repeat(self, last, delay):
        self.repeated.append(last)
        return self._leave(last, delay)

    def leave_to_hedge(self):
        return self._hedges.pop(0) if len(self._hedges) > 1 else self._hedges[0]

    def deny(self, reason):
        self.denied.append(reason)

    def hedge_won(self, winner):
        self.won.append(winner)

    # -- the driver ---------------------------------------------------------------------------

    def run(self, strategy, call=GET):
        """The result of the call."""
        steps, answer = strategy.run(call, self), None
        try:
            while True:
                answer = self.perform(steps.send(answer))
        except StopIteration as stop:
            return stop.value

    def perform(self, effect):
        if isinstance(effect, Fork):
            effect.steps.close()
            seconds, result = self._next()
            self.tasks.append(Task(self.clock() + seconds, result))
            return self.tasks[-1]
        if isinstance(effect, Sleep):
            self.slept.append(effect.seconds)
            return self._advance(effect.seconds)
        if isinstance(effect, Park):
            return self._park(effect)
        assert effect == "attempt"
        seconds, result = self._next()
        self._advance(seconds)
        return result

    def _next(self):
        self.starts.append(round(self.clock(), 6))
        seconds, result = self._script.pop(0)
        if isinstance(result, str):
            result = ended(result, seconds)
        return seconds, result

    def _park(self, effect):
        woken = []
        effect.enqueue(lambda: woken.append(1))
        moments = sorted(task.ends for task in self.tasks if not task.done)
        until = self.clock() + (moments[-1] if effect.seconds is None else effect.seconds)
        while not woken and moments and moments[0] <= until:
            self._advance(moments.pop(0) - self.clock())
        if not woken:
            self._advance(until - self.clock())
        return bool(woken)

    def _advance(self, seconds):
        self.clock.advance(max(0.0, seconds))
        for task in self.tasks:
            if not task.done and task.ends <= self.clock() + 1e-9:
                task.end()
