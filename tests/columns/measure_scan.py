"""Time the scanner against a bare ``orjson.loads`` loop; prints, asserts nothing.

    python tests/columns/measure_scan.py [EVENTS]

Four corpora: plain (nested objects, 1.4 KB an event), spaced (as ``json.dumps`` writes them),
dotted (flat dotted keys), and long (each twentieth event carries 10 KB of script text). Times are
of the processor, the best of nine rounds of each in turn.
"""

# ruff: noqa: T201

from __future__ import annotations

import json
import random
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.columns.cells import FieldSet
from tocsin.columns.scan import PADDING, scan

if TYPE_CHECKING:
    from collections.abc import Callable

Event = dict[str, Any]

WINDOWS = ("svchost.exe", "chrome.exe", "explorer.exe", "powershell.exe", "cmd.exe", "MsMpEng.exe")
LINUX = ("bash", "sshd", "python3", "systemd", "curl", "kubelet", "containerd-shim", "cron")
SCRIPT = (
    'function Get-Thing {\r\n    param([string]$Path = "C:\\Temp\\{n}")\r\n'
    "    $bytes = [System.IO.File]::ReadAllBytes($Path)\r\n\treturn $bytes.Length\r\n}\r\n"
)


def event(chance: random.Random, number: int) -> Event:
    """One event as an endpoint agent writes it."""
    windows = chance.random() < 0.6
    kind = chance.choices(("process", "file", "network", "library"), (30, 30, 25, 15))[0]
    made = _common(chance, number, kind, windows=windows)
    if kind == "file":
        name = f"{chance.randrange(10**8):08x}.tmp"
        folder = "C:\\Windows\\Temp\\" if windows else "/var/lib/app/"
        made["file"] = {"path": folder + name, "name": name, "extension": "tmp", "size": number}
    elif kind == "network":
        made["source"] = {"ip": "10.0.0.5", "port": chance.randrange(30000, 60000), "address": "::"}
        made["destination"] = {"ip": f"10.1.{chance.randrange(256)}.9", "port": 443}
        made["network"] = {"transport": "tcp", "direction": "egress", "type": "ipv4", "bytes": 1200}
    elif kind == "library":
        made["dll"] = {
            "name": "amsi.dll",
            "path": "C:\\Windows\\System32\\amsi.dll",
            "hash": {"sha256": f"{chance.getrandbits(256):064x}"},
            "code_signature": {"exists": True, "trusted": True, "status": "trusted"},
        }
    return made


def _common(chance: random.Random, number: int, kind: str, *, windows: bool) -> Event:
    name = chance.choice(WINDOWS if windows else LINUX)
    folder = "C:\\Windows\\System32\\" if windows else "/usr/bin/"
    user = "svc-42" if chance.random() < 0.2 else ("SYSTEM" if windows else "root")
    moment = f"2026-03-{1 + number % 28:02d}T10:{number % 60:02d}:17.{number % 1000:03d}Z"
    system = "windows" if windows else "linux"
    entity = f"{chance.getrandbits(128):032x}"
    return {
        "@timestamp": moment,
        "agent": {"id": "b1eb7f7b-d613-436a", "type": "endpoint", "version": "9.1.2"},
        "ecs": {"version": "8.17.0"},
        "data_stream": {
            "type": "logs",
            "dataset": f"endpoint.events.{kind}",
            "namespace": "default",
        },
        "event": {
            "id": f"{chance.getrandbits(96):024x}",
            "kind": "event",
            "category": [kind],
            "type": ["start"] if kind == "process" else ["change"],
            "action": "exec" if kind == "process" else "modification",
            "module": "endpoint",
            "created": moment,
            "sequence": number,
            "outcome": "unknown",
        },
        "host": {
            "id": f"{number % 200:08d}-aaaa",
            "name": f"host-{number % 200}",
            "ip": ["10.0.0.5", "fe80::6037:d589:2ee9:772f"],
            "architecture": "x86_64",
            "os": {"type": system, "name": system, "family": system, "version": "10.0.22621.963"},
        },
        "user": {"id": "S-1-5-18" if windows else "0", "name": user, "domain": "NT AUTHORITY"},
        "process": {
            "entity_id": entity,
            "pid": chance.randrange(100, 60000),
            "name": name,
            "executable": folder + name,
            "command_line": f"{folder}{name} --id {entity[:16]} --run {number}",
            "args": [folder + name, "--id", entity[:16], "--run", str(number)],
            "args_count": 5,
            "working_directory": folder,
            "hash": {"sha256": f"{chance.getrandbits(256):064x}"},
            "code_signature": {
                "exists": True,
                "trusted": True,
                "subject_name": "Microsoft Windows",
                "status": "trusted",
            },
            "parent": {
                "entity_id": f"{chance.getrandbits(128):032x}",
                "pid": 612,
                "name": "services.exe" if windows else "systemd",
                "executable": folder + ("services.exe" if windows else "systemd"),
                "args": ["services.exe"],
            },
        },
    }


def dotted(tree: Event, before: str = "") -> Event:
    """The same event with all of its names written out flat."""
    flat: Event = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= dotted(value, f"{before}{key}.")
        else:
            flat[before + key] = value
    return flat


def fields() -> FieldSet:
    """About 330 fields, of which an event has half of its own."""
    chance = random.Random(5)
    known = sorted({name for n in range(50) for name in dotted(event(chance, n))})
    wanted = [name for at, name in enumerate(known) if at % 3 or name.startswith("process.")]
    other = [
        f"{top}.{middle}.field_{n}"
        for top in ("process", "winlog", "aws", "azure", "okta", "file", "user")
        for middle in ("Ext", "event_data", "properties", "parent")
        for n in range(10)
    ]
    return FieldSet(tuple(wanted + other))


def corpora(count: int) -> dict[str, list[bytes]]:
    """The corpora by name, as lines."""
    chance = random.Random(7)
    events = [event(chance, number) for number in range(count)]
    plain = [orjson.dumps(one) for one in events]
    spaced = [json.dumps(one).encode() for one in events]
    flat = [orjson.dumps(dotted(one)) for one in events]
    for number, one in enumerate(events):
        if number % 20 == 0:
            text = (SCRIPT * 60).replace("{n}", str(number))
            one["powershell"] = {"file": {"script_block_text": text}}
    long = [orjson.dumps(one) for one in events]
    return {"plain": plain, "spaced": spaced, "dotted": flat, "long": long}


def batches(lines: list[bytes], rows: int) -> list[tuple[Any, Any, Any]]:
    """Lines as a reader hands them over: padded bytes and spans."""
    made = []
    for at in range(0, len(lines), rows):
        part = lines[at : at + rows]
        data = np.frombuffer(b"\n".join(part) + bytes(PADDING + 1), np.uint8)
        sizes = np.array([len(line) for line in part], np.int64)
        ends = np.cumsum(sizes + 1) - 1
        made.append((data, ends - sizes, ends))
    return made


def timed(run: Callable[..., None], *arguments: object) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    run(*arguments)
    return time.process_time() - start


def parsed(lines: list[bytes]) -> None:
    """The floor."""
    for line in lines:
        orjson.loads(line)


def scanned(parts: list[tuple[Any, Any, Any]], wanted: FieldSet) -> None:
    """The scanner over all batches, each one's cells let go."""
    for part in parts:
        scan(*part, wanted)


def main() -> None:
    """Print one line for each corpus."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    wanted = fields()
    start = time.perf_counter()
    scan(*batches([b'{"a":1}'], 1)[0], wanted)
    print(f"first call {time.perf_counter() - start:.2f} s, {len(wanted.names)} fields")
    for name, lines in corpora(count).items():
        parts = batches(lines, 4096)
        cells = sum(scan(*part, wanted).slot.size for part in parts)
        floor, ours = [], []
        for _ in range(9):
            floor.append(timed(parsed, lines))
            ours.append(timed(scanned, parts, wanted))
        size = sum(map(len, lines)) / count
        f, s = (min(each) / count * 1e6 for each in (floor, ours))
        print(
            f"{name:7} {size:6.0f} B, {cells / count:5.1f} cells an event:"
            f" orjson {f:5.2f} us, scan {s:5.2f} us ({s / f:.2f} F), {size / s / 1e3:.2f} GB/s"
        )


if __name__ == "__main__":
    main()
