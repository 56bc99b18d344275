"""``tocsin kubelet-config``: what it writes, and how it ends."""

import json
from pathlib import Path

OPEN = '{"kind": "KubeletConfiguration", "authentication": {"anonymous": {"enabled": true}}}'
CLOSED = '{"kind": "KubeletConfiguration"}'


def test_strangers_let_in_is_exit_1(cli):
    Path("open.json").write_text(OPEN)
    found = cli("kubelet-config", "open.json")
    assert found.status == 1
    assert found.out.startswith("bad      authentication.anonymous.enabled = true  (open.json)\n")
    assert "instead: authentication: {anonymous: {enabled: false}}\n" in found.out
    assert found.out.splitlines()[-1].startswith("1 bad · ")


def test_weak_is_exit_1_only_if_strict(cli):
    Path("closed.json").write_text(CLOSED)
    assert cli("kubelet-config", "closed.json").status == 0
    assert cli("kubelet-config", "closed.json", "--strict").status == 1


def test_json(cli):
    Path("line").write_text("kubelet --config=/nowhere --read-only-port=10255")
    found = cli("kubelet-config", "line", "--format", "json")
    report = json.loads(found.out)
    assert found.status == 1
    assert report["missing_file"] == "/nowhere"
    first = report["findings"][0]
    assert (first["grade"], first["setting"], first["flag"]) == (
        "bad",
        "readOnlyPort",
        "--read-only-port",
    )


def test_what_is_no_configuration_is_exit_2(cli):
    Path("junk").write_text("a\x1b[31mb")
    found = cli("kubelet-config", "junk")
    assert found.status == 2
    assert "neither" in found.err
    assert "give the node's /var/lib/kubelet/config.yaml" in found.err
    assert cli("kubelet-config", "absent").status == 2


def test_keys_that_stand_twice_are_told(cli):
    Path("a.json").write_text(CLOSED[:-1] + ', "x\\u001b": 1, "x\\u001b": 2}')
    found = cli("kubelet-config", "a.json")
    assert found.status == 0
    assert "a.json: `x" in found.err
    assert found.err.endswith("` stands twice: the last one counts\n")
    assert "\x1b" not in found.err
    assert found.err.count("\n") == 1
    many = "".join(f', "{n}": 1, "{n}": 2' for n in range(12))
    Path("b.json").write_text(CLOSED[:-1] + many + "}")
    told = cli("kubelet-config", "b.json").err.splitlines()
    assert (len(told), told[-1]) == (11, "and 2 more")
    report = json.loads(cli("kubelet-config", "a.json", "--format", "json").out)
    assert report["repeated"] == ["a.json: `x\x1b`"]
