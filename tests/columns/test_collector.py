"""Python's collector of garbage waits where it is told to, and is as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from tocsin.columns.collector import paused


@pytest.fixture
def thawed():
    yield
    gc.unfreeze()


@pytest.mark.parametrize("running", [True, False])
def test_it_is_as_it_was_afterwards(running):
    try:
        if not running:
            gc.disable()
        with paused():
            assert not gc.isenabled()
            with paused():
                pass
            assert not gc.isenabled()
        assert gc.isenabled() is running
    finally:
        gc.enable()


def test_it_runs_again_behind_an_error():
    with pytest.raises(ValueError, match="broken"), paused(staying=True):
        raise ValueError("broken")
    assert gc.isenabled()


@pytest.mark.usefixtures("thawed")
def test_what_stays_is_not_looked_through():
    before = gc.get_freeze_count()
    with paused(staying=True):
        kept = [[number] for number in range(1000)]
    assert gc.get_freeze_count() >= before + len(kept)
    assert kept[7] == [7]
