"""Rules for pages come from a process of their own, and facts from threads."""

import signal
import threading
import time
from functools import partial

from ruled import made_rule, shelved

from tocsin.server.fresh import Fresh
from tocsin.server.rule_book import RuleBook
from tocsin.server.rule_desk import RuleDesk

CURL = made_rule("id-curl-1", "Curl", query='process where process.name == "curl"')


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def broken(message):
    raise ValueError(message)


def test_rules_are_read_by_another_process_and_again_when_they_change():
    key = ["one"]
    desk = RuleDesk(partial(shelved, CURL), lambda: key[0])
    book = RuleBook(lambda: [CURL], lambda: key[0], desk)
    assert book.rule("id-curl-1") is CURL
    desk.start()
    try:
        assert desk.ask() is None
        until(lambda: desk.shelf is not None and desk.shelf.tried is not None)
        first = desk.shelf
        assert desk.rule("id-curl-1") == CURL
        assert book.rule("id-curl-1") is desk.rule("id-curl-1")
        assert (desk.rule("nothing"), first.tried, desk.trouble) == (None, {}, "")
        # it masks signals for what it starts, and for nothing else
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
        key[0] = "two"
        until(lambda: desk.shelf is not first)
    finally:
        desk.stop()


def test_what_cannot_be_read_is_told():
    desk = RuleDesk(partial(broken, "no rule is left"), lambda: 1)
    desk.start()
    desk.ask()
    try:
        until(lambda: desk.trouble)
        assert (desk.shelf, desk.trouble) == (None, "no rule is left")
    finally:
        desk.stop()


def test_it_is_stopped_before_it_began():
    desk = RuleDesk(partial(shelved, CURL), lambda: None)
    desk.start()
    desk.stop()
    assert desk.ask() is None


def test_a_fact_is_told_while_it_is_found_anew():
    now, found, free = [0.0], [], threading.Event()

    def find():
        free.wait(10)
        found.append(len(found))
        return found[-1]

    fact = Fresh(find, 10.0, patience=0.01, clock=lambda: now[0])
    assert fact.get() is None
    free.set()
    until(lambda: fact.get() == 0)
    now[0] = 5.0
    assert fact.get() == 0
    assert found == [0]
    now[0] = 11.0
    until(lambda: fact.get() == 1)
    fact.hurry()
    until(lambda: fact.get() == 2)


def test_a_fact_is_not_looked_for_after_the_end():
    found = []
    fact = Fresh(lambda: found.append(1) or len(found), 0.0)
    until(lambda: fact.get() is not None)
    fact.close()
    number = len(found)
    assert fact.get() == number
    assert len(found) == number


def test_a_fact_that_cannot_be_found_is_asked_for_again():
    tries = []

    def find():
        tries.append(1)
        if len(tries) < 3:
            raise OSError("not yet")
        return "found"

    fact = Fresh(find, 0.0, patience=0.01)
    until(lambda: fact.get() == "found")
