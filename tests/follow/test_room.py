"""How many files may be open."""

import resource

from tocsin.follow.room import LEAST, make_room, room


def test_half_of_the_files_that_the_process_may_have(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert room() == 512
    monkeypatch.setattr(resource, "getrlimit", lambda _: (20, 20))
    assert room() == LEAST
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, -1))
    assert room() > LEAST


def test_room_is_what_the_system_ever_allows(monkeypatch):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    make_room()
    assert asked == [(4096, 4096)]


def test_a_system_that_allows_no_more_is_no_failure(monkeypatch):
    def refuse(*_):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    make_room()
