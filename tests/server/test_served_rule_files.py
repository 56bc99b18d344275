"""Whether files of rules have changed."""

import os

from tocsin.server.rule_files import Watched


def test_a_change_is_told_once_and_when_it_rests(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text("a")
    watched = Watched([folder, tmp_path / "tocsin.toml"])
    assert not watched.changed()
    (folder / "b.toml").write_text("b")
    assert not watched.changed()
    (folder / "b.toml").write_text("bb")
    assert not watched.changed()
    assert watched.changed()
    assert not watched.changed()


def test_removed_files_and_new_single_ones_are_changes(tmp_path):
    one, other = tmp_path / "a.toml", tmp_path / "b.toml"
    one.write_text("a")
    watched = Watched([one, other])
    one.unlink()
    assert [watched.changed(), watched.changed()] == [False, True]
    other.write_text("b")
    assert [watched.changed(), watched.changed()] == [False, True]
    os.utime(other, ns=(1, 1))
    assert [watched.changed(), watched.changed()] == [False, True]


def test_files_of_a_glob_come_and_change(tmp_path):
    watched = Watched([tmp_path / "feed-*.csv"])
    feed = tmp_path / "feed-[1].csv"
    feed.write_text("ip")
    assert [watched.changed(), watched.changed()] == [False, True]
    alone = Watched([feed])
    feed.write_text("ip,feed")
    for found in (watched, alone):
        assert [found.changed(), found.changed()] == [False, True]
