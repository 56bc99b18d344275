"""Process trees: by id, by pid and time, from what one event tells, from hostile events."""

import pytest
from asking import NOW, stored, told

from tocsin.corpus.process_tree import MOST_CHILDREN, MOST_SIBLINGS, nodes, process_tree
from tocsin.schema.values import parse_time

pytestmark = pytest.mark.usefixtures("unsynced")


def event(at, kind="start", host="h1", **process):
    parent = process.pop("parent", None)
    return told(
        at,
        host={"id": host},
        event={"category": ["process"], "type": [kind], "action": process.pop("action", "exec")},
        user={"name": "root"},
        process=process | ({"parent": parent} if parent else {}),
    )


def ided(at, name, parent=None, kind="start", **more):
    return event(
        at,
        kind,
        entity_id=name,
        name=name,
        command_line=f"{name} --x",
        **({"parent": {"entity_id": parent}} if parent else {}),
        **more,
    )


def told_of(tree, node=None, depth=0):
    """The tree as lines: depth, name, role."""
    node = node or tree.root
    process = node.process
    lines = [(depth, process.name or process.id or process.pid, node.role)]
    for child in node.children:
        lines += told_of(tree, child, depth + 1)
    return lines


def made(tmp_path, *events, of, sealed=True):
    pieces = (events, []) if sealed else (events,)
    with stored(tmp_path, *pieces) as questions:
        return process_tree(of, parse_time(of["@timestamp"]), questions, 60, lambda: 0.0)


@pytest.mark.parametrize("sealed", [True, False])
def test_by_id(tmp_path, sealed):
    subject = ided(3_000, "curl", "bash")
    tree = made(
        tmp_path,
        ided(0, "init"),
        ided(1_000, "sshd", "init"),
        ided(2_000, "bash", "sshd"),
        subject,
        ided(4_000, "ls", "bash"),
        ided(5_000, "sh", "curl"),
        ided(6_000, "curl", "bash", kind="end", exit_code=7),
        ided(6_500, "other", "elsewhere"),
        of=subject,
        sealed=sealed,
    )
    assert told_of(tree) == [
        (0, "init", "ancestor"),
        (1, "sshd", "ancestor"),
        (2, "bash", "ancestor"),
        (3, "curl", "subject"),
        (4, "sh", "child"),
        (3, "ls", "sibling"),
    ]
    curl = next(node.process for node in nodes(tree) if node.role == "subject")
    assert (curl.started, curl.ended, curl.exit_code) == (NOW + 3_000, NOW + 6_000, 7)
    assert (curl.command_line, curl.user, curl.stored) == ("curl --x", "root", True)
    assert tree.whole
    assert tree.stored


def test_ancestry_bridges_parents_of_which_nothing_is_stored(tmp_path):
    subject = ided(3_000, "curl", "gone")
    subject["process"]["Ext"] = {"ancestry": ["gone", "lost", "init"]}
    subject["process"]["parent"]["name"] = "bash"
    tree = made(tmp_path, ided(0, "init"), subject, of=subject)
    assert told_of(tree) == [
        (0, "init", "ancestor"),
        (1, "lost", "ancestor"),
        (2, "bash", "ancestor"),
        (3, "curl", "subject"),
    ]
    assert [node.process.stored for node in nodes(tree)] == [True, False, False, True]


def test_what_the_event_tells_where_nothing_is_stored(tmp_path):
    subject = event(
        0,
        entity_id="c",
        name="curl",
        pid=9,
        parent={"entity_id": "b", "name": "bash", "pid": 8, "args": ["bash", "-i"]},
        session_leader={"entity_id": "b", "pid": 8},
        entry_leader={"entity_id": "s", "name": "sshd", "pid": 7},
    )
    for questions in (None,):
        tree = process_tree(subject, NOW, questions)
        assert told_of(tree) == [
            (0, "sshd", "ancestor"),
            (1, "bash", "ancestor"),
            (2, "curl", "subject"),
        ]
        sshd, bash, _ = nodes(tree)
        assert (sshd.note, bash.note) == ("began the session", "leads the session")
        assert bash.gap
        assert bash.process.command_line == "bash -i"
        assert not tree.stored
    assert process_tree({"message": "x"}, NOW, None) is None


def pid(at, number, parent, name, kind="start", host="h1", **more):
    return event(at, kind, host, pid=number, name=name, parent={"pid": parent}, **more)


def test_a_pid_is_the_process_that_started_last_before(tmp_path):
    subject = pid(5_000, 20, 10, "curl")
    tree = made(
        tmp_path,
        pid(0, 1, 0, "init"),
        pid(500, 10, 1, "older"),
        pid(900, 10, 1, "older", kind="end"),
        pid(1_000, 10, 1, "bash"),
        pid(1_500, 10, 1, "bash-of-another-host", host="h2"),
        subject,
        pid(6_000, 30, 20, "child"),
        pid(7_000, 20, 10, "curl", kind="end"),
        pid(8_000, 20, 10, "reused", action="fork"),
        pid(9_000, 31, 20, "of the one that has the number now"),
        pid(9_500, 10, 1, "later", action="fork"),
        of=subject,
    )
    assert told_of(tree) == [
        (0, "init", "ancestor"),
        (1, "bash", "ancestor"),
        (2, "curl", "subject"),
        (3, "child", "child"),
    ]


def test_a_parent_that_had_ended_is_not_taken_for_the_parent(tmp_path):
    subject = pid(5_000, 20, 10, "curl")
    ended = [pid(1_000, 10, 1, "gone"), pid(2_000, 10, 1, "gone", kind="end")]
    tree = made(tmp_path, *ended, subject, of=subject)
    assert told_of(tree) == [(0, 10, "ancestor"), (1, "curl", "subject")]


def test_exec_after_exec_is_one_process(tmp_path):
    subject = pid(3_000, 20, 10, "python")
    events = [pid(1_000, 10, 1, "sshd"), pid(2_000, 20, 10, "env"), subject]
    tree = made(tmp_path, *events, pid(3_500, 21, 20, "sh"), of=subject)
    assert told_of(tree) == [
        (0, "sshd", "ancestor"),
        (1, "python", "subject"),
        (2, "sh", "child"),
    ]


@pytest.mark.parametrize("named", ["entity_id", "pid"])
def test_cycles_that_events_claim_end(tmp_path, named):
    if named == "entity_id":
        a, b = ided(0, "a", "b"), ided(1_000, "b", "a")
        itself = ided(0, "c", "c")
    else:
        a, b = pid(0, 1, 2, "a"), pid(1_000, 2, 1, "b")
        itself = pid(0, 3, 3, "c")
    tree = made(tmp_path, a, b, of=b)
    assert {node.process.name for node in nodes(tree)} <= {"a", "b", ""}
    assert [node.role for node in nodes(tree)].count("subject") == 1
    tree = made(tmp_path / "self", itself, of=itself)
    assert [node.role for node in nodes(tree)].count("subject") == 1


def test_very_many_children_and_siblings_are_bounded_and_counted(tmp_path):
    subject = ided(0, "bomb", "sh")
    children = [ided(1 + n, f"c{n}", "bomb") for n in range(2_000)]
    siblings = [ided(1 + n, f"s{n}", "sh") for n in range(500)]
    tree = made(tmp_path, ided(0, "sh"), subject, *children, *siblings, of=subject)
    roles = [node.role for node in nodes(tree)]
    assert roles.count("child") == MOST_CHILDREN
    assert roles.count("sibling") == MOST_SIBLINGS
    found = {node.role: node for node in nodes(tree)}
    assert found["subject"].more == 2_000 - MOST_CHILDREN
    parent = next(node for node in nodes(tree) if node.process.name == "sh")
    assert 0 < parent.more <= 500 - MOST_SIBLINGS + 1


def test_values_of_any_kind_do_no_harm(tmp_path):
    subject = event(
        0,
        entity_id=["x", {"y": 1}],
        pid="no number",
        name={"deep": [1]},
        command_line="x" * 1_000_000,
        parent={"entity_id": 5, "pid": -1.5, "name": "<script>"},
        exit_code="1e999",
    )
    tree = made(tmp_path, subject, of=subject)
    (node,) = [node for node in nodes(tree) if node.role == "subject"]
    assert len(node.process.command_line) <= 20_000
