import gc

from ahoyhoy import _fork


def test_what_is_renewed_after_a_fork_is_held_weakly_and_found_by_identity():
    class Item:
        renewed = 0

        def _after_fork(self):
            self.renewed += 1

        def __eq__(self, _other):
            return True

        __hash__ = None

    first, second = Item(), Item()
    for item in (first, second):
        _fork.renew_after_fork(item)
    _fork._in_child()
    assert (first.renewed, second.renewed) == (1, 1)
    key = id(first)
    del first, item
    gc.collect()
    assert key not in _fork._registered
    _fork._in_child()
    assert second.renewed == 2


def test_one_item_that_cannot_be_renewed_does_not_keep_the_others_from_it(monkeypatch):
    class Broken:
        def _after_fork(self):
            raise ValueError("cannot")

    class Item:
        renewed = 0

        def _after_fork(self):
            self.renewed += 1

    reported = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: reported.append(kind))
    broken, item = Broken(), Item()
    for one in (broken, item):
        _fork.renew_after_fork(one)
    try:
        _fork._in_child()
    finally:
        _fork._registered.pop(id(broken), None)
    assert item.renewed == 1
    assert reported == [ValueError]
