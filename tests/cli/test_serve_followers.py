"""Followers as ``tocsin serve`` makes them."""

import logging

import pytest

from follow.following import Memory
from tocsin.cli.serve_followers import Sources, followers
from tocsin.follow.place import Place
from tocsin.follow.places import Places


@pytest.mark.parametrize(("position", "told"), [(0, 0), (40, 1), (100, 0), (120, 0)])
def test_places_that_are_older_than_the_journal_are_told_of(tmp_path, caplog, position, told):
    caplog.set_level(logging.WARNING, "tocsin.follow")
    places = Places(tmp_path / "followed.json")
    places.put(Place(places.number(), "/var/log/a.log", 1, 7, 0, ""))
    places.save(position)
    journal = Memory()
    journal.begin = 100
    for follower in followers(Sources((str(tmp_path / "logs"),)), tmp_path, journal):
        follower.close()
    found = [line for line in caplog.messages if line.startswith("followed.json is older")]
    assert len(found) == told
