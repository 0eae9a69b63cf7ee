"""Signals as programs have them, whoever started the tests.

What begins them in the background, or outlives its terminal, has some ignored, and every process
that a test starts would inherit that.
"""

import signal


def _nothing(*_):
    """What a hangup does to the tests themselves. The processes that they start do not inherit it."""


for _number, _usual in (
    (signal.SIGHUP, _nothing),
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, _nothing),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)
