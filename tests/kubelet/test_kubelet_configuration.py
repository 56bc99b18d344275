"""What files say about a Kubelet, and how it is judged."""

from __future__ import annotations

import json
import sys

import pytest

from tocsin.kubelet import setting
from tocsin.kubelet.given import UnreadableError, given
from tocsin.kubelet.verdict import Finding, Grade, findings, worst

JSON = {"kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1"}


def as_json(**more: object) -> bytes:
    return json.dumps({**JSON, **more}).encode()


def judged(*files: tuple[str, bytes]) -> dict[str, Finding]:
    return {one.setting: one for one in findings(given(files))}


def test_a_configuration_file_that_says_nothing_is_safe_where_it_counts() -> None:
    found = judged(("config.json", as_json()))
    for name in ("authentication.anonymous.enabled", "authorization.mode", "readOnlyPort"):
        assert found[name].grade is Grade.GOOD
        assert found[name].source == "the default of a configuration file"


def test_a_command_line_that_says_nothing_lets_everybody_in() -> None:
    found = judged(("line", b"/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf"))
    values = {name: one.value for name, one in found.items() if one.grade is Grade.BAD}
    assert values == {
        "authentication.anonymous.enabled": "true",
        "authorization.mode": "AlwaysAllow",
        "readOnlyPort": "10255",
    }
    assert "run commands in every container" in found["authentication.anonymous.enabled"].why


def test_a_file_that_a_command_line_names_must_be_given_too() -> None:
    line = ("line", b"kubelet --config=/var/lib/kubelet/config.yaml --read-only-port=0")
    alone = judged(line)
    assert alone["authorization.mode"].grade is Grade.UNKNOWN
    assert "/var/lib/kubelet/config.yaml" in alone["authorization.mode"].source
    assert alone["readOnlyPort"].grade is Grade.GOOD
    both = judged(line, ("config.json", as_json(readOnlyPort=10255)))
    assert both["authorization.mode"].grade is Grade.GOOD
    assert both["readOnlyPort"].value == "0", "a flag goes before the file, whatever comes first"


@pytest.mark.parametrize(
    ("line", "path", "value"),
    [
        ("kubelet --anonymous-auth", "authentication.anonymous.enabled", True),
        ("kubelet --anonymous-auth false", "authentication.anonymous.enabled", True),
        ("kubelet --anonymous_auth=false", "authentication.anonymous.enabled", False),
        ("kubelet --read-only-port 0", "readOnlyPort", 0),
        ("kubelet --read-only-port=1 --read-only-port=2", "readOnlyPort", 2),
        ('KUBELET_KUBEADM_ARGS="--x=/run/c.sock --read-only-port=0"', "readOnlyPort", 0),
        ('Environment="KUBELET_EXTRA_ARGS=--read-only-port=7 --v=2"', "readOnlyPort", 7),
        (
            "ExecStart=/usr/bin/kubelet $A \\\n  --authorization-mode=Webhook",
            "authorization.mode",
            "Webhook",
        ),
        (
            "kubelet\x00--client-ca-file\x00/ca.crt\x00",
            "authentication.x509.clientCAFile",
            "/ca.crt",
        ),
        ("kubelet --streaming-connection-idle-timeout=0", "streamingConnectionIdleTimeout", 0.0),
        (
            "kubelet --streaming-connection-idle-timeout=1h30m",
            "streamingConnectionIdleTimeout",
            5400,
        ),
    ],
)
def test_flags(line: str, path: str, value: object) -> None:
    assert given([("line", line.encode())]).values[path].value == value


def test_a_remark_is_no_flag() -> None:
    made = given([("unit", b"ExecStart=/usr/bin/kubelet --v=2\n# --read-only-port=0\n")])
    assert "readOnlyPort" not in made.values


def test_zero_in_a_file_means_the_default() -> None:
    found = judged(
        ("a", as_json(streamingConnectionIdleTimeout="0s", authorization={"mode": ""})),
    )
    assert found["streamingConnectionIdleTimeout"].value == "4h"
    assert found["authorization.mode"].value == "Webhook"
    idle = judged(("line", b"kubelet --streaming-connection-idle-timeout=0s"))
    assert idle["streamingConnectionIdleTimeout"].grade is Grade.WEAK


def test_later_files_go_over_earlier_ones() -> None:
    found = judged(("a", as_json(readOnlyPort=10255)), ("b", as_json(readOnlyPort=0)))
    assert (found["readOnlyPort"].value, found["readOnlyPort"].source) == ("0", "b")


def test_yaml_configz_and_the_config_map_say_the_same() -> None:
    yaml = b"# of the node\nkind: KubeletConfiguration\nauthorization:\n  mode: AlwaysAllow\n"
    inner = "".join(f"    {line}\n" for line in yaml.decode().splitlines())
    config_map = f"kind: ConfigMap\ndata:\n  kubelet: |\n{inner}".encode()
    live = json.dumps({"kubeletconfig": {"authorization": {"mode": "AlwaysAllow"}}}).encode()
    for content in (yaml, config_map, live, b"kind: Other\n---\n" + yaml):
        assert judged(("f", content))["authorization.mode"].grade is Grade.BAD


def test_weak_settings_are_told_with_what_to_write() -> None:
    found = judged(
        (
            "f",
            as_json(
                tlsMinVersion="VersionTLS10",
                tlsCipherSuites=["TLS_RSA_WITH_RC4_128_SHA", "TLS_AES_128_GCM_SHA256"],
                healthzBindAddress="0.0.0.0",  # noqa: S104 - judged
                makeIPTablesUtilChains=False,
            ),
        )
    )
    for name in (
        "tlsMinVersion",
        "tlsCipherSuites",
        "healthzBindAddress",
        "makeIPTablesUtilChains",
    ):
        assert found[name].grade is Grade.WEAK
        assert found[name].remedy
    assert "TLS_AES_128" not in found["tlsCipherSuites"].why


def test_a_hardened_file_has_nothing_bad_or_weak() -> None:
    found = findings(
        given(
            [
                (
                    "f",
                    as_json(
                        authentication={"x509": {"clientCAFile": "/ca.crt"}},
                        rotateCertificates=True,
                        serverTLSBootstrap=True,
                        protectKernelDefaults=True,
                    ),
                )
            ]
        )
    )
    assert worst(found) is Grade.NOTE


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "no valid JSON"),
        (b'{"kind": "Pod"}', "holds no KubeletConfiguration"),
        (b"kind: [", "no valid YAML"),
        (b"kind: KubeletConfiguration\nx: !!python/object/apply:os.system [id]", "no valid YAML"),
        (b"hello\n", "neither"),
        (
            b'{"kind": "KubeletConfiguration", "readOnlyPort": "many"}',
            "readOnlyPort of f cannot be",
        ),
        (b"kubelet --anonymous-auth=maybe", "cannot be 'maybe'"),
        (b"kind: KubeletConfiguration\nx: " + b"[" * 5_000, "no valid YAML"),
        (b"{" + b" " * (5 << 20), "more than"),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        given([("f", content)])


def test_without_a_yaml_reader_json_and_flags_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert given([("f", as_json(readOnlyPort=1)), ("l", b"kubelet --v=1")]).configured
    with pytest.raises(UnreadableError, match=r"PyYAML.*tocsin\[yaml\]"):
        given([("f", b"kind: KubeletConfiguration\n")])


def test_every_setting_has_one_path_and_one_flag() -> None:
    assert len({one.path for one in setting.SETTINGS}) == len(setting.SETTINGS)
    assert len(setting.FLAGS) == len(setting.SETTINGS)


TWICE = b"""kind: KubeletConfiguration
authentication:
  anonymous: &off {enabled: false}
  anonymous: {enabled: true}
other: [{a: 1, 'a': 2}, *off, *off]
"""


def test_keys_that_stand_twice_are_told_and_the_last_one_counts() -> None:
    pytest.importorskip("yaml")
    made = given([("config.yaml", TWICE)])
    assert made.repeated == ["config.yaml: `anonymous` (line 4)", "config.yaml: `a` (line 5)"]
    assert made.values["authentication.anonymous.enabled"].value is True
    inner = "".join(f"    {line}\n" for line in TWICE.decode().splitlines())
    config_map = f"kind: ConfigMap\ndata:\n  kubelet: |\n{inner}".encode()
    assert given([("map", config_map)]).repeated[0] == "map: `anonymous` (line 4)"


def test_keys_that_stand_twice_in_json_are_told() -> None:
    content = as_json()[:-1] + b', "readOnlyPort": 0, "readOnlyPort": 10255}'
    made = given([("a", content), ("b", content)])
    assert made.repeated == ["a: `readOnlyPort`", "b: `readOnlyPort`"]
    assert made.values["readOnlyPort"].value == 10255
    assert given([("a", as_json())]).repeated == []
