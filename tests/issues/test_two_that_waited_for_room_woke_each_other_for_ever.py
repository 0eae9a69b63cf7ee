"""Calls that waited for room, and could not use what came, asked again as if they were new.

They were told of the same end of a request again, each while the other one was being served.
"""

import pytest

from properties.chaos import Chaos


@pytest.mark.slow
@pytest.mark.parametrize("seed", [4])
def test_calls_that_cannot_use_the_room_that_came_wait_for_other_room(seed):
    Chaos(10_000, seed=seed).run()
