"""Sending and answering with less work than the stock path, and with the same result.

Nothing here is switched on or off by a user. What is not plain goes the stock way by itself.
"""

import os

#: Read at each call, so that tests can compare both ways; `AHOYHOY_FAST=0` sets it at import.
ENABLED = os.environ.get("AHOYHOY_FAST") != "0"
