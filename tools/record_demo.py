"""Record the demo's audit log on this machine's own kernel.

    sudo python tools/record_demo.py

Needs root, Debian's `auditd`, `cc`, `git`, `curl`, `openssl` and `ip`. A user `app` works for half
a minute in a network namespace of its own, in which three addresses play the nodes of a cluster:
ordinary work, then an intruder's. Only that user is audited: the programs it runs, its
connections, its reading of one file. What was set up is removed again.

Written: `src/tocsin/demo/kubelet-abuse.audit.log`, from the user's session's beginning to its end.
"""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kernel_audit import Auditing, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "src" / "tocsin" / "demo" / "kubelet-abuse.audit.log"

USER = "app"
UID = "4711"
HOME = Path("/srv/app")
TOOLS = Path("/opt/tools")
HIDDEN = Path("/tmp/.sync")  # noqa: S108 - the intruder's choice
SECRETS = Path("/var/run/secrets/kubernetes.io/serviceaccount")
PROMPT = "node-1%"
NAMESPACE = "tocsin-demo"
NODES = ("10.20.0.11", "10.20.0.12", "10.20.0.13")

_SERVER = """
import http.server, ssl, sys
address, port, certificate = sys.argv[1:]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"kind":"PodList","apiVersion":"v1","items":[]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *said):
        pass
server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

_FETCH = """
import ssl, sys, urllib.request
context = ssl._create_unverified_context()
print(urllib.request.urlopen(sys.argv[1], context=context, timeout=2).read()[:80])
"""

# Each line is one command of the user's; a comment says what it is for.
_MORNING = """
ls -la
cat notes.txt
wc -l notes.txt access.log
sort -u access.log -o sorted.log
grep -c GET access.log
head -n 3 sorted.log
awk '{ print $1 }' access.log
sed -e s/GET/get/ sorted.log
mkdir -p build
tar -czf build/site.tar.gz notes.txt sorted.log
tar -tzf build/site.tar.gz
git init -q site
git -C site -c user.name=app -c user.email=app@node-1 commit -q --allow-empty -m start
git -C site log --oneline
python3 report.py access.log
find . -name '*.log'
date -u
df -h .
curl -s -m 2 http://10.20.0.11:8080/healthz
curl -s -m 2 http://10.20.0.11:10251/healthz
curl -s -m 2 -o /dev/null http://10.20.0.12:8080/docs/ports/10250/
"""
_INTRUSION = """
id
cat /var/run/secrets/kubernetes.io/serviceaccount/token
curl -sk -m 2 -H 'Authorization: Bearer demo-token' https://10.20.0.11:10250/pods
curl -s -m 2 http://10.20.0.11:10255/metrics
/opt/tools/kubeletctl scan --cidr 10.20.0.8/29
/opt/tools/kubeletctl pods --server 10.20.0.12
/opt/tools/kubeletctl scan rce --server 10.20.0.13
/opt/tools/kubeletctl exec id -p web-0 -c nginx -n default --server 10.20.0.12
python3 fetch.py https://10.20.0.12:10250/runningpods/
mkdir -p /tmp/.sync
cp /usr/bin/curl /tmp/.sync/updater
/tmp/.sync/updater -sk -m 2 https://10.20.0.13:10250/pods
rm -r /tmp/.sync
"""
_AFTERNOON = """
cp access.log build/access.log
gzip -f build/access.log
ls -l build
cut -d ' ' -f 1 access.log
uniq -c sorted.log
diff sorted.log access.log
git -C site status --short
python3 -c 'print(sum(range(100)))'
curl -s -m 2 http://10.20.0.11:8080/healthz
basename /srv/app/notes.txt
sha256sum notes.txt
sleep 1
uptime
"""


def main() -> None:
    reason = why_not()
    if reason:
        sys.exit(f"cannot record: {reason}")
    taken = [p for p in (HOME, TOOLS, HIDDEN, SECRETS) if p.exists()]
    if taken or subprocess.run(["id", USER], capture_output=True, check=False).returncode == 0:
        sys.exit(f"cannot record: the user {USER} or one of {taken} exists already")
    with tempfile.TemporaryDirectory() as directory:
        with the_user(), the_network(Path(directory)), Auditing(Path(directory), rules()) as log:
            work()
        lines = session(log.read_bytes())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(b"".join(lines))
    print(f"{OUT}: {len(lines)} records, {OUT.stat().st_size} bytes")


def rules() -> list[list[str]]:
    """The narrow rules: this user only."""
    who = ["-F", f"uid={UID}", "-k", "app-activity"]
    return [
        ["always,exit", "-F", "arch=b64", "-S", "execve", *who],
        ["always,exit", "-F", "arch=b64", "-S", "connect", *who],
        ["always,exit", "-F", "arch=b64", "-S", "openat", "-F", f"path={SECRETS}/token", *who],
    ]


@contextlib.contextmanager
def the_user() -> Iterator[None]:
    """The user with a home, the stand-in for kubeletctl, and a token that is none."""
    run("useradd", "--uid", UID, "--home-dir", str(HOME), "--shell", "/bin/bash", USER)
    secrets = SECRETS.parent.parent.resolve()
    made = not secrets.exists()
    try:
        HOME.mkdir(parents=True)
        TOOLS.mkdir(parents=True)
        SECRETS.mkdir(parents=True)
        (SECRETS / "token").write_text("demo-token", encoding="ascii")
        run("cc", "-O2", "-o", str(TOOLS / "kubeletctl"), str(HERE / "kubeletctl.c"))
        requests = [f"10.1.0.{n % 7} GET /page/{n % 11}\n" for n in range(200)]
        (HOME / "access.log").write_text("".join(requests), encoding="ascii")
        (HOME / "notes.txt").write_text("call the printer\nwater the plants\n", encoding="ascii")
        (HOME / "report.py").write_text(
            "import sys\nprint(len(open(sys.argv[1]).readlines()))\n", encoding="ascii"
        )
        (HOME / "fetch.py").write_text(_FETCH, encoding="ascii")
        (HOME / ".profile").write_text(f"PS1={PROMPT}\nPATH=/usr/bin:/bin\n", encoding="ascii")
        run("chown", "-R", f"{USER}:{USER}", str(HOME))
        yield
    finally:
        run("userdel", USER)
        for directory in (HOME, TOOLS, HIDDEN, secrets if made else SECRETS):
            shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def the_network(directory: Path) -> Iterator[None]:
    """Three addresses in a namespace that leads nowhere, with a Kubelet's ports on each."""
    certificate = directory / "node.pem"
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=node-1", "-keyout", str(certificate), "-out", str(directory / "cert.pem")),
    )
    with certificate.open("a", encoding="ascii") as both:
        both.write((directory / "cert.pem").read_text(encoding="ascii"))
    run("ip", "netns", "add", NAMESPACE)
    servers = []
    try:
        run("ip", "-n", NAMESPACE, "link", "set", "lo", "up")
        for node in NODES:
            run("ip", "-n", NAMESPACE, "addr", "add", f"{node}/32", "dev", "lo")
            for port, tls in (("10250", str(certificate)), ("10255", ""), ("8080", "")):
                command = ["ip", "netns", "exec", NAMESPACE, sys.executable, "-c", _SERVER]
                servers.append(subprocess.Popen([*command, node, port, tls]))
        time.sleep(1)
        yield
    finally:
        for server in servers:
            server.terminate()
            server.wait()
        run("ip", "netns", "del", NAMESPACE)


def work() -> None:
    """Log in on a terminal and type the commands, each when the one before has ended."""
    child, terminal = pty.fork()
    if child == 0:
        Path("/proc/self/loginuid").write_text(UID, encoding="ascii")
        os.chdir("/")
        os.execvp("ip", ["ip", "netns", "exec", NAMESPACE, "su", "-", USER])  # noqa: S606
    read_until_prompt(terminal)
    for command in (_MORNING + _INTRUSION + _AFTERNOON).split("\n"):
        if command:
            os.write(terminal, command.encode() + b"\n")
            read_until_prompt(terminal)
    os.write(terminal, b"exit\n")
    with contextlib.suppress(OSError):
        while os.read(terminal, 4096):
            pass
    os.waitpid(child, 0)


def read_until_prompt(terminal: int) -> None:
    """Read what the terminal shows, up to the shell's next prompt."""
    shown = b""
    while not shown.endswith(PROMPT.encode()):
        shown += os.read(terminal, 4096)
    print(".", end="", flush=True)
    time.sleep(0.2)


def session(log: bytes) -> list[bytes]:
    """The records of the user's session; those of our own setting up stay out."""
    lines = log.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if b" type=USER_AUTH " in line)
    last = max(n for n, line in enumerate(lines) if b" type=CRED_DISP " in line)
    return lines[first : last + 1]


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


if __name__ == "__main__":
    main()
