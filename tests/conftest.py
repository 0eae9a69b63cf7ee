"""Signals as programs have them, whoever started the tests.

What begins them in the background, or outlives its terminal, has some ignored, and every process
that a test starts would inherit that.
"""

import signal

for _number, _usual in (
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)
