"""The processes that answer: what takes too much is ended, and the next question is answered."""

import asyncio
import logging

import ask_tasks
import pytest

from asked_store import NOON, event, stored
from tocsin.corpus.ask.asked import TooMuchError
from tocsin.server import asker as module
from tocsin.server.ask_process import Places, done
from tocsin.server.asker import AT_ONCE, WAITING, Asker, held


def quiet():
    """No log."""
    logging.disable()


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asker")
    stored(folder, [], [event(NOON, "curl")])
    return Places(folder / "journal", folder / "events", quiet)


def test_what_takes_too_much_is_ended_and_others_are_answered(places, monkeypatch):
    monkeypatch.setattr(module, "GRACE", 0.1)
    asker = Asker(places)

    async def gone():
        return True

    async def walk():
        assert await asker.ask(ask_tasks.asking, 60) == 0
        with pytest.raises(TooMuchError, match="no answer after"):
            await asker.ask(ask_tasks.sleeping, 0.1)
        assert await asker.ask(ask_tasks.asking, 60) == 0
        with pytest.raises(TooMuchError, match="Nobody waits"):
            await asker.ask(ask_tasks.sleeping, 60, gone)

    asyncio.run(walk())
    asker.close()
    with pytest.raises(TooMuchError, match="stopping"):
        asker._child()


def test_whoever_gives_up_while_a_process_starts_does_not_end_it(places):
    asker = Asker(places)

    async def gone():
        return True

    async def walk():
        with pytest.raises(TooMuchError, match="Nobody waits"):
            await asker.ask(ask_tasks.asking, 60, gone)
        (started,) = asker._all
        assert await asker.ask(ask_tasks.asking, 60) == 0
        assert asker._all == {started}

    asyncio.run(walk())
    asker.close()


def test_what_a_task_tells_on_its_way_is_heard(places):
    asker = Asker(places)
    heard = []

    async def walk():
        assert await asker.ask(ask_tasks.telling, 60, None, heard.append) == "done"
        assert await asker.ask(ask_tasks.telling, 60) == "done"

    asyncio.run(walk())
    asker.close()
    assert heard == [0, 1, 2]


def test_no_question_waits_for_a_collection_that_looks_through_all_programs(places):
    asker = Asker(places)
    found = asyncio.run(asker.ask(ask_tasks.looked_through, 60))
    asker.close()
    assert found < 100_000


def test_memory_is_bounded(places):
    asker = Asker(places, memory=700 << 20)

    async def walk():
        with pytest.raises(TooMuchError, match="700 MiB of memory"):
            await asker.ask(ask_tasks.greedy, 60)

    if held(None) == 0 and held(1) == 0:
        pytest.skip("this system does not tell what a process holds")
    asyncio.run(walk())
    asker.close()


def test_only_so_many_may_wait(places, monkeypatch):
    asker = Asker(places)
    monkeypatch.setattr(asker, "_pending", AT_ONCE + WAITING)
    with pytest.raises(TooMuchError, match="Ask again"):
        asyncio.run(asker.ask(ask_tasks.asking, 1))
    asker.close()


def test_a_failure_is_told_without_its_inside(caplog):
    kind, error = done(ask_tasks.broken, None)
    assert kind == "failed"
    assert isinstance(error, TooMuchError)
    assert "log says why" in str(error)
    assert "ZeroDivisionError" in caplog.text
