"""What happened in one sentence, for people who read an alert for the first time.

A sentence is made of pieces: our words, and quotations of the event's own, which may hold anything
that an attacker wrote; who shows them keeps the two apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tocsin.alerts.api_requests import request_of
from tocsin.alerts.facts import Facts

LONGEST = 300
"""Characters of a quotation; the event has the rest."""

EVENTS = 3
"""Events of a sequence that its sentence tells."""


class Piece(NamedTuple):
    """A part of a sentence; ``quoted``: in the words of the event."""

    text: str
    quoted: bool = False


def sentence(document: Mapping[str, Any]) -> tuple[Piece, ...]:
    """One sentence about an alert's event, or about the events of its sequence or sample.

    Empty if no event of it says what happened, and for thresholds, whose events are counted.
    """
    if document.get("kibana.alert.threshold_result"):
        return ()
    blocks = document.get("tocsin.building_blocks")
    events = blocks if isinstance(blocks, list) and blocks else [document]
    facts = [Facts(event) for event in events if isinstance(event, Mapping)]
    told = [clause for one in facts[:EVENTS] if (clause := _clause(one))]
    if not told:
        return ()
    rest = len(facts) - len(told)
    return _joined(
        [
            *_place({one.text("host.name") for one in facts}),
            *_listed(told),
            *_words(f", and {rest} more event{'' if rest == 1 else 's'}" if rest else ""),
            Piece("."),
        ]
    )


def _place(hosts: set[str]) -> Iterator[Piece]:
    """Where all of it happened, if that is one host."""
    if len(hosts) == 1 and (host := next(iter(hosts))):
        yield Piece("On ")
        yield _quoted(host)
        yield Piece(", ")


def _listed(clauses: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    for number, clause in enumerate(clauses):
        if number:
            yield Piece(", then ")
        yield from clause


def _clause(facts: Facts) -> list[Piece]:
    """What one event did; empty if it does not say."""
    categories = facts.text("event.category").split()
    tellers = [tell for name in categories if (tell := _BY_CATEGORY.get(name))]
    # whatever its category: what was asked for says more than that something was configured
    known = (_kubernetes, *tellers, *_ANY)
    return next(filter(None, (list(tell(facts)) for tell in known)), [])


def _quoted(text: str) -> Piece:
    return Piece(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…", quoted=True)


def _words(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(text)


def _with(before: str, quotation: str) -> Iterator[Piece]:
    """Some words and what they lead to, if there is anything."""
    if quotation:
        yield from _words(before)
        yield _quoted(quotation)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Neighbouring words as one piece."""
    found: list[Piece] = []
    for piece in pieces:
        if found and not piece.quoted and not found[-1].quoted:
            found[-1] = Piece(found[-1].text + piece.text)
        else:
            found.append(piece)
    return tuple(found)


def _process(facts: Facts) -> Iterator[Piece]:
    command = facts.command
    if not command:
        return
    if facts.text("event.type") == "end":
        yield _quoted(command)
        yield from _with(" of ", facts.user)
        yield Piece(" ended")
        return
    who = facts.user or facts.parent
    if who:
        yield _quoted(who)
        yield Piece(" ran " if facts.user else " started ")
    yield _quoted(command)
    if not who:
        yield Piece(" was started")
    yield from _with(" in ", facts.container)
    if facts.user:
        yield from _with(", started by ", facts.parent)


def _actor(facts: Facts) -> Iterator[Piece]:
    """The process, and whose it is."""
    actor, user = facts.actor, facts.user
    if actor or user:
        yield _quoted(actor or user)
    if actor:
        yield from _with(" of ", user)


def _network(facts: Facts) -> Iterator[Piece]:
    source, destination = facts.address("source"), facts.address("destination")
    asked = facts.text("dns.question.name")
    url = facts.text("url.full") or facts.text("url.original")
    if not (asked or url or destination):
        return
    if facts.text("network.direction") in {"ingress", "inbound"} and source and not asked:
        yield _quoted(source)
        yield from _with(" connected to ", facts.actor or destination)
        yield from _with(" at ", destination if facts.actor else "")
        return
    who = list(_actor(facts)) or list(_with("", source))
    if not who:
        return
    yield from who
    if asked:
        yield from _with(" looked up ", asked)
    elif url:
        yield from _with(" requested ", f"{facts.text('http.request.method')} {url}".strip())
        yield from _with(" from ", destination)
    else:
        yield from _with(" connected to ", destination)


def _done(facts: Facts, path: str, deed: str) -> Iterator[Piece]:
    """Who did it to a thing, else what was done to it; nothing without a thing."""
    if not path:
        return
    who = list(_actor(facts))
    if who:
        yield from who
        yield from _with(f" {deed} ", path)
    else:
        yield _quoted(path)
        yield Piece(f" was {_PASSIVE.get(deed, deed)}")


def _file(facts: Facts) -> Iterator[Piece]:
    path = facts.text("file.path") or facts.text("file.name")
    yield from _done(facts, path, _deed(facts))
    if path:
        yield from _with(", which was ", facts.text("file.Ext.original.path"))


def _registry(facts: Facts) -> Iterator[Piece]:
    path = facts.text("registry.path") or facts.text("registry.key")
    yield from _done(facts, path, _deed(facts))
    if path:
        yield from _with(", now ", facts.text("registry.data.strings"))


def _library(facts: Facts) -> Iterator[Piece]:
    path = facts.text("dll.path") or facts.text("dll.name") or facts.text("file.path")
    yield from _done(facts, path, "loaded")


def _login(facts: Facts) -> Iterator[Piece]:
    deed = _LOGGED_IN.get(facts.text("event.action").lower())
    if deed is None:
        yield from _service(facts)
        return
    if not facts.user:
        return
    succeeded, failed = deed
    yield _quoted(facts.user)
    yield Piece(failed if facts.text("event.outcome") == "failure" else succeeded)
    yield from _with(" from ", facts.address("source"))
    yield from _with(" through ", facts.actor)


def _kubernetes(facts: Facts) -> Iterator[Piece]:
    asked = request_of(facts.text)
    if asked is None or not asked.user:
        return
    yield _quoted(asked.user)
    yield from _with(" asked the Kubernetes API to ", f"{asked.verb} {asked.target}".strip())
    yield from _with(" from ", asked.source)
    if asked.refused:
        yield Piece(", which was refused")


def _service(facts: Facts) -> Iterator[Piece]:
    """An action on some service: cloud providers, identity providers, applications."""
    action, who = facts.text("event.action"), facts.user
    if not action or not who:
        return
    yield _quoted(who)
    yield from _with(" did ", action)
    yield from _with(" at ", facts.text("event.provider"))
    yield from _with(" from ", facts.text("source.ip") or facts.text("source.address"))
    if facts.text("event.outcome") == "failure":
        yield Piece(", which failed")


def _deed(facts: Facts) -> str:
    """The past tense of what was done, by the event's action, else by its type."""
    words = (*facts.text("event.action").lower().split(), *facts.text("event.type").split())
    return next((_DEEDS[word] for word in words if word in _DEEDS), "touched")


_DEEDS = {
    "creation": "created",
    "created": "created",
    "create": "created",
    "modification": "changed",
    "modified": "changed",
    "updated": "changed",
    "change": "changed",
    "overwrite": "overwrote",
    "rename": "renamed",
    "renamed": "renamed",
    "moved": "renamed",
    "deletion": "deleted",
    "deleted": "deleted",
    "delete": "deleted",
    "open": "opened",
    "opened-file": "opened",
    "access": "opened",
    "read": "opened",
    "changed-file-permissions-of": "changed the permissions of",
    "changed-file-ownership-of": "changed the owner of",
}
_LOGGED_IN = {
    **dict.fromkeys(
        ("", "logged-in", "log_on", "logon", "login", "user_login", "ssh_login"),
        (" logged in", " failed to log in"),
    ),
    **dict.fromkeys(
        ("authenticated", "was-authenticated"), (" authenticated", " failed to authenticate")
    ),
}
_PASSIVE = {
    "overwrote": "overwritten",
    "changed the permissions of": "given other permissions",
    "changed the owner of": "given another owner",
}
_BY_CATEGORY: dict[str, Callable[[Facts], Iterator[Piece]]] = {
    "process": _process,
    "network": _network,
    "dns": _network,
    "file": _file,
    "registry": _registry,
    "library": _library,
    "driver": _library,
    "authentication": _login,
    "session": _login,
    "iam": _service,
    "configuration": _service,
    "web": _network,
}
_ANY = (_process, _file, _registry, _library, _network, _service)
