"""A call of kubeletctl (github.com/cyberark/kubeletctl), the command-line client of the Kubelet.

Known by its name, wherever it stands among the arguments, or, where it was renamed, by its server
flag together with one of its commands.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.kubelet.endpoint import Intent

_NAME = "kubeletctl"
LONGEST = 20_000
MOST_ARGUMENTS = 1_000

_COMMANDS: dict[str, tuple[str, Intent]] = {
    "scan": ("looks for nodes whose Kubelet answers", Intent.DISCOVERY),
    "scan rce": ("looks for containers in which the Kubelet would run commands", Intent.DISCOVERY),
    "scan token": (
        "runs a command in each container of the node to read its service-account token",
        Intent.EXECUTION,
    ),
    "exec": ("runs a command in a container and stays connected to it", Intent.EXECUTION),
    "run": ("runs a command in a container", Intent.EXECUTION),
    "attach": ("connects to the running process of a container", Intent.EXECUTION),
    "portForward": ("opens a tunnel to a port of a pod", Intent.EXECUTION),
    "cri": ("goes on with a command in a container", Intent.EXECUTION),
    "pods": ("lists the node's pods", Intent.DISCOVERY),
    "runningpods": ("lists the pods that run on the node", Intent.DISCOVERY),
    "pid2pod": ("tells which pods the node's processes belong to", Intent.DISCOVERY),
    "configz": ("reads the Kubelet's configuration", Intent.DISCOVERY),
    "containerLogs": ("reads the output of a container", Intent.COLLECTION),
    "logs": ("reads files below /var/log of the node", Intent.COLLECTION),
    "log": ("reads files below /var/log of the node", Intent.COLLECTION),
    "checkpoint": ("writes the memory of a container to a file", Intent.COLLECTION),
    "metrics": ("reads metrics", Intent.DISCOVERY),
    "stats": ("reads use of CPU and memory", Intent.DISCOVERY),
    "spec": ("reads facts about the machine", Intent.DISCOVERY),
    "debug": ("reads profiles of the Kubelet's process", Intent.DISCOVERY),
    "healthz": ("asks whether the Kubelet is well", Intent.HEALTH),
    "version": ("tells its own version", Intent.UNKNOWN),
    "help": ("shows its help", Intent.UNKNOWN),
}
_TELLING = {
    *("attach", "configz", "containerLogs", "cri", "pid2pod", "pods", "portForward", "runningpods"),
    "scan",
}
"""Commands that hardly any other tool has together with the server flag."""

_VALUED = {
    "-s": "server",
    "--server": "server",
    "--port": "port",
    "--cidr": "cidr",
    "-n": "namespace",
    "--namespace": "namespace",
    "-p": "pod",
    "--pod": "pod",
    "-c": "container",
    "--container": "container",
    "-u": "uid",
    "--uid": "uid",
    "-k": "kubeconfig",
    "--config": "kubeconfig",
    "--cacert": "cacert",
    "--cert": "cert",
    "--key": "key",
}
_OTHERS = ("kubectl", "oc", "k3s", "microk8s", "redis-cli", "valkey-cli")


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what it does, to whom, and how it proves who it is.

    ``command`` is one of its commands, "" if none is known; ``words`` what it is to run there;
    ``given`` the flags by name: server, cidr, port, namespace, pod, container, kubeconfig, cert…
    """

    command: str
    does: str
    intent: Intent
    words: tuple[str, ...] = ()
    given: dict[str, str] = field(default_factory=dict)
    every_pod: bool = False
    renamed: bool = False

    @property
    def nodes(self) -> tuple[str, ...]:
        """Servers, or ranges of them, that it asks."""
        return tuple(self.given[name] for name in ("server", "cidr") if self.given.get(name))

    @property
    def credentials(self) -> tuple[str, ...]:
        """The files with which it proves who it is."""
        return tuple(
            self.given[name] for name in ("kubeconfig", "cert", "key") if self.given.get(name)
        )


def call(arguments: Sequence[object], name: str = "") -> Call | None:
    """The call that arguments are, None if they are none; ``name``: the process's name."""
    texts = [str(one)[:LONGEST] for one in arguments[:MOST_ARGUMENTS]]
    for number, text in enumerate(texts):
        if text.rpartition("/")[2].startswith(_NAME) and " " not in text:
            made = _taken(texts[number + 1 :], renamed=False)
            if number == 0 or made.command:
                return made  # else it is a file that is copied, or made executable
        if _NAME in text and " " in text:
            inner = _within(text)
            if inner is not None:
                return _taken(inner, renamed=False)
    if name.startswith(_NAME):
        return _taken(texts[1:], renamed=False)
    if name in _OTHERS or not any(map(_is_server, texts)):
        return None
    found = _taken(texts[1:], renamed=True)
    known = found.command.partition(" ")[0] in _TELLING
    in_pod = found.command in {"exec", "run"} and {"pod", "container"} <= set(found.given)
    return found if known or in_pod else None


def _is_server(text: str) -> bool:
    return text in {"-s", "--server"} or text.startswith("--server=")


def _within(text: str) -> list[str] | None:
    """What a shell is given after the client's name."""
    try:
        words = shlex.split(text, comments=False)
    except ValueError:
        words = text.split()
    for number, word in enumerate(words):
        if word.rpartition("/")[2].startswith(_NAME):
            return list(_until_next(words[number + 1 :]))
    return None


def _until_next(words: Sequence[str]) -> Iterator[str]:
    """Words up to where a shell goes on with something else."""
    for word in words:
        if word in {";", "|", "||", "&&", "&", ">", "2>", ">>"}:
            return
        yield word.removesuffix(";")
        if word.endswith(";"):
            return


def _taken(texts: Sequence[str], *, renamed: bool) -> Call:
    given: dict[str, str] = {}
    words: list[str] = []
    every = False
    pending = iter(texts)
    for text in pending:
        flag, equals, value = text.partition("=")
        if flag in _VALUED:
            given[_VALUED[flag]] = value if equals else next(pending, "")
        elif text in {"-a", "--all-pods"}:
            every = True
        elif not text.startswith("-"):
            words.append(text)
    command, rest = _command(words)
    does, intent = _COMMANDS.get(command, ("", Intent.UNKNOWN))
    return Call(command, does, intent, rest, given, every, renamed)


def _command(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not words:
        return "", ()
    two = " ".join(words[:2])
    if two in _COMMANDS:
        return two, tuple(words[2:])
    return (words[0], tuple(words[1:])) if words[0] in _COMMANDS else ("", tuple(words))
