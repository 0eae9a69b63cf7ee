"""The queue of a pool: a LifoQueue."""

import queue
import threading

import pytest

from ahoyhoy.http.line import Line


def test_what_came_last_goes_first():
    line = Line(2)
    line.put(1)
    line.put(2, block=False)
    assert (line.get(block=False), line.get()) == (2, 1)


def test_none_waits_where_it_is_not_to():
    line = Line(1)
    with pytest.raises(queue.Empty):
        line.get_nowait()
    line.put_nowait(1)
    with pytest.raises(queue.Full):
        line.put_nowait(2)
    assert line.qsize() == 1


@pytest.mark.parametrize("maxsize", [0, 1])
def test_who_waits_is_woken(maxsize):
    line, got = Line(maxsize), []
    thread = threading.Thread(target=lambda: got.append(line.get(timeout=30)))
    thread.start()
    line.put_nowait(1)
    thread.join()
    assert got == [1]


def test_who_waits_for_room_is_woken():
    line = Line(1)
    line.put(1)
    thread = threading.Thread(target=line.put, args=(2,))
    thread.start()
    assert line.get(block=False) == 1
    thread.join()
    assert line.get(block=False) == 2
