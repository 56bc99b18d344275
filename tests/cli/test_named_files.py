"""Names of files and folders on the command line: empty ones, folders, what cannot be entered."""

import os
import sys
from pathlib import Path

import pytest
from made_events import process


@pytest.fixture(autouse=True)
def some_files(cli, events, rule):
    events(process(1), process(2))
    rule("R")


@pytest.mark.parametrize(
    "command",
    [
        ["scan", ""],
        ["scan", "events.ndjson", "-r", ""],
        ["scan", "events.ndjson", "--config", ""],
        ["scan", "events.ndjson", "--state", ""],
        ["scan", "events.ndjson", "--store", ""],
        ["scan", "events.ndjson", "--exceptions", ""],
        ["scan", "events.ndjson", "--lists", ""],
        ["scan", "events.ndjson", "--indicators", ""],
        ["scan", "events.ndjson", "--history", ""],
        ["scan", "events.ndjson", "--stats", ""],
        ["scan", "events.ndjson", "--rejects", ""],
        ["scan", "events.ndjson", "-o", ""],
        ["query", "any where true", "events.ndjson", ""],
        ["doctor", ""],
        ["explain", "R", "", "-r", "rules"],
        ["explain", "R", "events.ndjson", "-r", ""],
        ["diff", "", "rules", "events.ndjson"],
        ["diff", "rules", "", "events.ndjson"],
        ["check", ""],
        ["test", ""],
        ["show", "R", "-r", ""],
        ["docs", "rules", "-o", ""],
        ["docs", "", "-o", "site"],
        ["docs", "rules", "-o", "site", "--against", ""],
        ["kubelet-config", ""],
        ["alerts", "list", "--data", ""],
        ["alerts", "list", "--store", ""],
        ["alerts", "export", "-o", ""],
        ["alerts", "backup", ""],
    ],
)
def test_an_empty_name_is_refused(cli, command):
    before = sorted(Path().iterdir())
    found = cli(*command)
    assert (found.status, found.out) == (2, "")
    assert "the name is empty; . is this folder" in found.err
    assert sorted(Path().iterdir()) == before


def test_a_configuration_is_a_file(cli):
    found = cli("check", "rules", "--config", "rules")
    assert (found.status, found.out) == (2, "")
    assert found.err == "tocsin: --config rules: a folder; name the tocsin.toml in it\n"


def test_of_a_configuration_that_is_missing_is_told_what_to_name(cli):
    found = cli("check", "rules", "--config", "none.toml")
    assert found.status == 2
    assert "= hint: name a tocsin.toml" in found.err


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean nothing there")
def test_what_cannot_be_looked_at_stops_nothing(cli, monkeypatch):
    folder = Path("some")
    folder.mkdir()
    (folder / "hidden.ndjson").write_bytes(b"{}\n")
    Path("events.ndjson").rename(folder / "events.ndjson")
    real = os.stat

    def guarded(path, *rest, **options):
        if str(path).endswith("hidden.ndjson"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest, **options)

    monkeypatch.setattr(os, "stat", guarded)
    found = cli("query", "any where true", "some")
    assert (found.status, found.out.count("\n")) == (0, 2)
    assert "not read: some/hidden.ndjson: Permission denied\n" in found.err
    found = cli("query", "any where true", "some/events.*", "some/hidden.ndjson")
    assert (found.status, found.out.count("\n")) == (0, 2)
    assert "not read: some/hidden.ndjson: Permission denied\n" in found.err


def test_standard_input_that_was_closed_is_empty(cli, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    found = cli("query", "any where true", "-")
    assert (found.status, found.err) == (0, "0 matches in 0 events\n")
    found = cli("users", "add", "somebody", "--store", "data")
    assert (found.status, found.out) == (2, "")
    assert "a password has 12" in found.err
    sys.stdin.close()


@pytest.mark.parametrize("language", ["eql", "kuery", "lucene", "esql"])
def test_a_query_in_bytes_that_are_no_text_is_told(cli, language):
    text = 'from * | where process.name == "\udcff"'
    found = cli("query", text, "events.ndjson", "--language", language)
    assert (found.status, found.out) == (2, "")
    assert "tocsin: character 33 of the query, '\\udcff', is half a character" in found.err


@pytest.mark.parametrize(
    "command",
    [
        ["users", "role", "\udcff", "viewer"],
        ["users", "remove", "\udcff"],
        ["keys", "revoke", "\udcff"],
        ["alerts", "export", "--bulk", "--index", "\udcff"],
        ["alerts", "export", "--bulk", "--index", ""],
        ["alerts", "show", ""],
    ],
)
def test_names_that_nothing_has_are_told(cli, command):
    assert cli("scan", "events.ndjson", "-r", "rules", "--store", "data").status == 0
    found = cli(*command, "--store", "data")
    assert (found.status, found.out) == (2, "")
    assert found.err.startswith("tocsin: ")


def test_reasons_that_no_alert_has_find_nothing(cli):
    assert cli("scan", "events.ndjson", "-r", "rules", "--store", "data").status == 0
    found = cli("alerts", "list", "--reason", "\udcff", "--store", "data")
    assert (found.status, found.err) == (0, "no alerts\n")


def test_a_size_may_be_as_large_as_one_likes(cli):
    found = cli("query", "any where true", "events.ndjson", "--size", 10**30)
    assert (found.status, found.out.count("\n")) == (0, 2)
