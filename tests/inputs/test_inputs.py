"""What arguments stand for, and in which order."""

import os
import sys

import pytest

from tocsin.inputs.inputs import resolve
from tocsin.inputs.report import Report


def names(folder, *arguments):
    """The inputs' paths below a folder, and the problems."""
    report = Report()
    found = resolve(arguments, report)
    shown = [os.path.relpath(one.path, folder) if one.path else one.name for one in found]
    return [name.replace(os.sep, "/") for name in shown], report.problems


@pytest.fixture
def tree(tmp_path):
    for name in (
        "b.json",
        "a.json",
        "sub/c.json",
        "sub/deep/d.json",
        ".hidden",
        "B.json",
        "é.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    return tmp_path


ALL = [".hidden", "B.json", "a.json", "b.json", "sub/c.json", "sub/deep/d.json", "é.json"]


def test_a_directory_is_everything_below_it_by_name_in_bytes(tree):
    assert names(tree, str(tree)) == (ALL, [])
    assert names(tree, tree) == (ALL, [])


def test_arguments_keep_their_order(tree):
    found, _ = names(tree, tree / "b.json", "-", tree / "a.json", tree / "b.json")
    assert found == ["b.json", "stdin", "a.json", "b.json"]


def test_globs_are_sorted_and_name_each_file_once(tree):
    assert names(tree, str(tree / "?.json"))[0] == ["B.json", "a.json", "b.json", "é.json"]
    assert names(tree, str(tree / "s*"))[0] == ["sub/c.json", "sub/deep/d.json"]
    deep = names(tree, str(tree / "sub" / "**"))[0]
    assert deep == ["sub/c.json", "sub/deep/d.json"]


def test_what_is_missing_is_a_problem_and_the_others_go_on(tree):
    found, problems = names(tree, tree / "none.json", str(tree / "*.gz"), tree / "a.json", "\0")
    assert found == ["a.json"]
    assert [problem.reason for problem in problems] == [
        "there is no such file",
        "no file has a name like that",
        "there is no such file",
    ]


def test_a_name_with_the_characters_of_a_glob_is_itself_if_it_exists(tree):
    (tree / "x[1].json").write_bytes(b"{}")
    assert names(tree, str(tree / "x[1].json"))[0] == ["x[1].json"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_loops_of_links_end_and_broken_links_are_told(tree):
    (tree / "sub" / "loop").symlink_to(tree)
    (tree / "gone").symlink_to(tree / "nowhere")
    (tree / "z-link.json").symlink_to(tree / "a.json")
    found, problems = names(tree, tree)
    assert found == sorted([*ALL, "z-link.json"], key=os.fsencode)
    assert [problem.reason for problem in problems] == ["the link leads nowhere"]


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_a_name_that_is_no_text_can_still_be_told(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff.json")  # noqa: PTH118
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"{}")
    (found,) = resolve([tmp_path], Report())
    assert found.name.encode().endswith("\N{REPLACEMENT CHARACTER}.json".encode())
    assert found.path.read_bytes() == b"{}"
