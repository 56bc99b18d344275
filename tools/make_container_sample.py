"""Write the demo's container sample: process events as Defend for Containers documents them.

    python tools/make_container_sample.py

No public recording of that sensor's process events exists, so these are composed, field by field,
from its documentation: ordinary work of a few pods, and an intruder with a shell in one of them.
Nothing is random: the same file comes out each time.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "src" / "tocsin" / "demo" / "containers.ndjson"
BEGIN = datetime(2026, 11, 22, 6, 10, tzinfo=UTC)
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
TOOL = "/tmp/kubeletctl"  # noqa: S108 - where the intruder put it
RENAMED = "/dev/shm/.agent"  # noqa: S108 - and what it was called later
SHIM = ("/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io")


def identifier(*of: object) -> str:
    """A made-up id that is always the same for the same thing."""
    return hashlib.sha256("/".join(map(str, of)).encode()).hexdigest()


@dataclass(frozen=True)
class Pod:
    """A pod with one container. ``first`` is the program that the container runs."""

    name: str
    namespace: str
    owner: str
    container: str
    image: str
    tag: str
    first: tuple[str, ...]
    user: str = "0"
    node: str = "node-2"

    @property
    def container_id(self) -> str:
        return identifier("container", self.name)


WEB = Pod(
    *("web-7d4b9c6f5-x2x9k", "shop", "ReplicaSet", "nginx", "docker.io/library/nginx", "1.27"),
    ("/usr/sbin/nginx", "-g", "daemon off;"),
)
API = Pod(
    *("api-66c8d9d9b4-q7hzn", "shop", "ReplicaSet", "api", "registry.shop.example/api", "4.2.1"),
    ("/usr/local/bin/node", "server.js"),
    user="1000",
)
CACHE = Pod(
    *("cache-0", "shop", "StatefulSet", "redis", "docker.io/library/redis", "7.4"),
    ("/usr/local/bin/redis-server", "*:6379"),
    user="999",
)
BACKUP = Pod(
    *("backup-29218560-ltk4d", "ops", "Job", "backup", "registry.shop.example/backup", "1.9"),
    ("/bin/sh", "/opt/backup.sh"),
    node="node-3",
)
BUILD = Pod(
    *("build-5t9wl", "ops", "Job", "build", "registry.shop.example/build", "2026.11"),
    ("/bin/bash", "/opt/build.sh"),
    user="1000",
    node="node-3",
)

# Seconds after the beginning, pod, a terminal or not, the program with its arguments.
Row = tuple[float, Pod, bool, tuple[str, ...]]
ROWS: tuple[Row, ...] = (
    (0.0, WEB, False, WEB.first),
    (0.4, API, False, API.first),
    (0.9, CACHE, False, CACHE.first),
    (12.0, CACHE, False, ("/bin/sh", "-c", "redis-cli -s /run/redis.sock ping")),
    (12.1, CACHE, False, ("/usr/local/bin/redis-cli", "-s", "/run/redis.sock", "ping")),
    (20.0, API, False, ("/usr/bin/curl", "-fsS", "http://web.shop.svc:8080/ready")),
    (25.0, BUILD, False, BUILD.first),
    (25.6, BUILD, False, ("/usr/local/bin/npm", "run", "build")),
    (26.0, BUILD, False, ("/bin/sh", "-c", "vite build")),
    (31.2, BUILD, False, ("/usr/bin/tar", "-czf", "dist.tar.gz", "dist")),
    (
        33.0,
        BUILD,
        False,
        ("/usr/local/bin/trivy", "image", "--server", "http://trivy.ops.svc:4954", "shop/api:4.3"),
    ),
    (40.0, BACKUP, False, BACKUP.first),
    (
        40.3,
        BACKUP,
        False,
        ("/usr/bin/pg_dump", "-h", "db.shop.svc", "-d", "shop", "-f", "shop.sql"),
    ),
    (44.8, BACKUP, False, ("/usr/bin/gzip", "-9", "shop.sql")),
    (46.1, BACKUP, False, ("/usr/bin/find", "/backups", "-mtime", "+14", "-delete")),
    (55.0, API, False, ("/usr/bin/curl", "-fsS", "http://10.20.0.12:10251/healthz")),
    (60.0, WEB, True, ("/bin/sh",)),
    (63.5, WEB, True, ("/usr/bin/id",)),
    (66.0, WEB, True, ("/bin/ls", "-la", "/etc/nginx/conf.d")),
    (71.2, WEB, True, ("/bin/cat", TOKEN)),
    (
        78.4,
        WEB,
        True,
        (
            "/usr/bin/curl",
            "-sk",
            "-H",
            "Authorization: Bearer demo-token",
            "https://10.20.0.12:10250/pods",
        ),
    ),
    (86.0, WEB, True, ("/usr/bin/curl", "-s", "http://10.20.0.13:10255/metrics")),
    (92.7, WEB, True, ("/bin/chmod", "+x", TOOL)),
    (94.1, WEB, True, (TOOL, "scan", "--cidr", "10.20.0.0/28")),
    (99.3, WEB, True, (TOOL, "pods", "--server", "10.20.0.12")),
    (104.8, WEB, True, (TOOL, "scan", "token", "--server", "10.20.0.13")),
    (
        111.0,
        WEB,
        True,
        (
            TOOL,
            "exec",
            "id",
            "-p",
            "api-66c8d9d9b4-q7hzn",
            "-c",
            "api",
            "-n",
            "shop",
            "-s",
            "10.20.0.12",
        ),
    ),
    (118.2, WEB, True, ("/bin/mv", TOOL, RENAMED)),
    (121.9, WEB, True, (RENAMED, "runningpods", "--server", "10.20.0.13")),
    (130.0, CACHE, False, ("/usr/local/bin/redis-cli", "--latency-history", "-i", "1")),
    (135.0, API, False, ("/usr/bin/curl", "-fsS", "http://web.shop.svc:8080/docs?port=10250")),
    (140.0, BACKUP, False, ("/usr/local/bin/kubelet-exporter", "--version")),
    (142.0, WEB, False, ("/usr/sbin/nginx", "-s", "reload")),
    (150.0, BUILD, False, ("/usr/bin/git", "push", "origin", "main")),
)


def event(number: int, row: Row) -> dict[str, Any]:
    """The document of one started process."""
    seconds, pod, interactive, args = row
    moment = (BEGIN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    stamp = moment.replace("+00:00", "Z")
    is_first = args in (pod.first, ("/bin/sh",))
    process = one_process(pod, args, 4000 + number)
    leader_args = ("/bin/sh",) if interactive else pod.first
    leader = one_process(
        pod, leader_args, 4000 + number if is_first else leader_pid(pod, leader_args)
    )
    entry = {
        **leader,
        "interactive": interactive,
        "same_as_process": is_first,
        "entry_meta": {"type": "container"},
    }
    process |= {
        "args_count": len(args),
        "interactive": interactive,
        "start": stamp,
        "working_directory": "/",
        "user": {"id": pod.user},
        "parent": one_process(pod, SHIM, 1200)
        if is_first
        else {**leader, "interactive": interactive},
        "entry_leader": entry,
        "session_leader": {**leader, "interactive": interactive, "same_as_process": is_first},
    }
    return {
        "@timestamp": stamp,
        "agent": {"type": "cloud-defend", "id": unique("agent", pod.node)},
        "cloud_defend": {
            "matched_selectors": ["allProcesses"],
            "hook_point": "tracepoint__sched_process_exec",
        },
        "container": {
            "id": pod.container_id,
            "name": pod.container,
            "image": {"name": pod.image, "tag": [pod.tag]},
            "security_context": {"privileged": False},
        },
        "data_stream": {"type": "logs", "dataset": "cloud_defend.process", "namespace": "default"},
        "ecs": {"version": "8.11.0"},
        "event": {
            "kind": "event",
            "category": ["process"],
            "type": ["start"],
            "action": "exec",
            "dataset": "cloud_defend.process",
            "module": "cloud_defend",
            "id": unique("event", number),
        },
        "host": {
            "name": pod.node,
            "hostname": pod.node,
            "id": identifier("host", pod.node)[:32],
            "architecture": "x86_64",
            "os": {"type": "linux", "family": "debian", "name": "Debian GNU/Linux"},
        },
        "orchestrator": {
            "type": "kubernetes",
            "cluster": {"name": "shop-1", "id": unique("cluster")},
            "namespace": pod.namespace,
            "resource": {
                "name": pod.name,
                "type": "pod",
                "id": unique("pod", pod.name),
                "parent": {"type": pod.owner},
            },
        },
        "process": process,
        "user": {"id": pod.user},
    }


def unique(*of: object) -> str:
    """The same in the form of a UUID."""
    return str(uuid.UUID(identifier(*of)[:32]))


def one_process(pod: Pod, args: tuple[str, ...], pid: int) -> dict[str, Any]:
    return {
        "pid": pid,
        "entity_id": unique("process", pod.name, pid),
        "name": args[0].rpartition("/")[2],
        "executable": args[0],
        "args": list(args),
    }


def leader_pid(pod: Pod, args: tuple[str, ...]) -> int:
    """The pid of the process that leads the session, where it started."""
    return next(4000 + n for n, row in enumerate(ROWS) if row[1] is pod and row[3] == args)


def main() -> None:
    lines = [json.dumps(event(n, row), separators=(",", ":")) + "\n" for n, row in enumerate(ROWS)]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("".join(lines), encoding="utf-8")
    print(f"{OUT}: {len(lines)} events, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
