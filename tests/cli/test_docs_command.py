"""``tocsin docs``: it fills a folder, again and again, and leaves what is not its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tocsin.cli.failure import CannotRun
from tocsin.cli.folder import LIST, Folder
from tocsin.rules.pack import pack_path


def test_a_site_of_the_shipped_rules(cli, tmp_path: Path) -> None:
    done = cli("docs", "-o", tmp_path / "site")
    assert done.status == 0
    assert not done.out
    assert "files (" in done.err
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "rules/af964f64-c225-4bfa-b1cb-275714756ff5.html" in index
    assert str(tmp_path) not in index
    listed = json.loads((tmp_path / "site" / LIST).read_bytes())["files"]
    found = {
        path.relative_to(tmp_path / "site").as_posix()
        for path in (tmp_path / "site").rglob("*")
        if path.is_file()
    }
    assert found == {*listed, LIST}


def test_a_site_says_what_changed_since_earlier_rules(cli, tmp_path: Path) -> None:
    text = next(pack_path().glob("execution_kubeletctl*.toml")).read_text(encoding="utf-8")
    for name, content in (("old", text), ("new", text.replace('"linux"', '"macos"', 1))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rule.toml").write_text(content, encoding="utf-8")
    site = tmp_path / "site"
    done = cli("docs", tmp_path / "new", "--against", tmp_path / "old", "-o", site)
    assert done.status == 0
    [page] = (site / "rules").glob("*.html")
    assert "<del>linux</del><ins>macos</ins>" in page.read_text(encoding="utf-8")
    [change] = json.loads((site / "changes.json").read_bytes())["changes"]
    assert change["kind"] == "changed"
    assert f'href="rules/{page.name}"' in (site / "changes.html").read_text(encoding="utf-8")
    assert 'href="changes.html"' in (site / "index.html").read_text(encoding="utf-8")
    assert cli("docs", "--against", tmp_path / "nothing", "-o", site).status == 2


def test_the_folder_must_be_named(cli) -> None:
    done = cli("docs")
    assert done.status == 2
    assert "-o" in done.err


def _fill(folder: Path, **files: bytes) -> tuple[int, int, int]:
    done = Folder(str(folder)).fill((name.replace("__", "."), text) for name, text in files.items())
    return done.written, done.removed, done.changed


def test_a_folder_filled_again_holds_what_is_new(tmp_path: Path) -> None:
    assert _fill(tmp_path, a__html=b"1", b__html=b"2") == (2, 0, 0)
    assert _fill(tmp_path, a__html=b"3") == (1, 1, 0)
    assert (tmp_path / "a.html").read_bytes() == b"3"
    assert not (tmp_path / "b.html").exists()


def test_what_is_somebody_elses_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("mine")
    (tmp_path / "other").write_text("mine too")
    with pytest.raises(CannotRun, match="is there already"):
        _fill(tmp_path, a__html=b"1")
    assert (tmp_path / "a.html").read_text() == "mine"
    _fill(tmp_path, b__html=b"1")
    _fill(tmp_path, c__html=b"1")
    assert (tmp_path / "other").read_text() == "mine too"


def test_what_was_changed_by_hand_is_told_and_not_removed(tmp_path: Path) -> None:
    _fill(tmp_path, a__html=b"1", b__html=b"1")
    (tmp_path / "a.html").write_text("changed")
    (tmp_path / "b.html").write_text("changed")
    assert _fill(tmp_path, a__html=b"2") == (1, 0, 1)
    assert (tmp_path / "b.html").read_text() == "changed"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    site = tmp_path / "site"
    _fill(site, a__html=b"1")
    (site / "a.html").unlink()
    (site / "a.html").symlink_to(victim)
    (site / ".a.html.part").symlink_to(victim)
    _fill(site, a__html=b"2")
    assert victim.read_text() == "precious"
    assert not (site / "a.html").is_symlink()


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "rules").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotRun, match="leads elsewhere"):
        Folder(str(tmp_path / "site")).fill([("rules/a.html", b"1")])
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("name", ["../victim", "/etc/passwd", "a/../../victim", "x/../y"])
def test_a_list_that_names_other_places_is_not_believed(tmp_path: Path, name: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "victim").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (site / LIST).write_text(json.dumps({"files": {name: empty}}))
    _fill(site, a__html=b"1")
    assert (tmp_path / "victim").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', "[" * 100_000])
def test_a_list_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / LIST).write_text(text)
    with pytest.raises(CannotRun, match="cannot be read"):
        Folder(str(tmp_path))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(CannotRun, match="no folder"):
        Folder(str(tmp_path / "x"))


def test_an_interrupt_leaves_a_list_of_what_was_written(tmp_path: Path) -> None:
    def files() -> object:
        yield "a.html", b"1"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Folder(str(tmp_path)).fill(files())  # type: ignore[arg-type]
    assert _fill(tmp_path, a__html=b"2", b__html=b"2") == (2, 0, 0)


def test_earlier_rules_that_are_none_are_told(cli, rule) -> None:
    rule("A")
    Path("events.ndjson").write_text('{"a": 1}\n')
    found = cli("docs", "rules", "-o", "site", "--against", "events.ndjson")
    assert (found.status, found.out) == (2, "")
    assert "error[RULE011]: events.ndjson holds no rule" in found.err
    assert "--against events.ndjson: there are no rules to compare with" in found.err
    assert not Path("site").exists()


def test_paths_that_lead_nowhere_are_told_beside_the_site(cli, rule) -> None:
    rule("A")
    found = cli("docs", "rules", "none", "-o", "site")
    assert found.status == 0
    assert "error[RULE001]: cannot read none" in found.err
