"""A store that is gone, or that another engine took, is told though nothing is to be written."""

import pytest

from tocsin.server.store_watch import StoreWatch
from tocsin.store.error import StoreAwayError, StoreTakenError


class Held:
    error = None

    def step(self):
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("kind", [StoreAwayError, StoreTakenError])
def test_trouble_is_told_once_and_over_when_it_is_over(kind, caplog):
    caplog.set_level("INFO", "tocsin.server")
    held, lost = Held(), []
    watch = StoreWatch(held, lambda: None, lambda: lost.append(True))
    watch.step()
    assert (watch.trouble, caplog.messages) == ("", [])
    held.error = kind("x.db: it is so")
    watch.step()
    watch.step()
    assert watch.trouble.endswith("x.db: it is so")
    assert caplog.messages == [watch.trouble]
    assert bool(lost) == (kind is StoreTakenError)
    held.error = None
    watch.step()
    assert watch.trouble == ""
    assert caplog.messages[1:] == ["the store can be used again"]


def test_what_the_check_says_is_told():
    def check():
        raise StoreAwayError("x.db: the file is gone")

    watch = StoreWatch(Held(), check, lambda: None)
    watch.step()
    assert watch.trouble == "no alert is kept: x.db: the file is gone"
