"""What an event tells a responder, in a line: the command, the file, the address; not the category.

The line is made of the event's own words. It may hold anything that an attacker wrote: `safe`
makes it fit for a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tocsin.alerts.api_requests import request_of
from tocsin.alerts.facts import Facts, file_name
from tocsin.alerts.paths import values_at

LONGEST = 400
"""Characters of an account; machine-readable formats hold all of the event."""

STEPS = 6
"""Events of a sequence that are told one by one."""

_SAID = 200


def happened(event: Mapping[str, Any]) -> str:
    """An account of one event; empty if it holds nothing that says what happened."""
    facts = Facts(event)
    categories = values_at(event, "event.category")  # type: ignore[arg-type]
    # whatever its category: what was asked for says more than that something was configured
    told = _kubernetes(facts) or _first(
        tell(facts) for category in categories if (tell := _BY_CATEGORY.get(str(category)))
    )
    return _cut(told or _first(tell(facts) for tell in _ANY), LONGEST)


def steps(document: Mapping[str, Any]) -> list[str]:
    """An alert's accounts: that of its event, or one for each event of a sequence or sample.

    Of a threshold: the count, and the last event; what was new; how many alerts were alike.
    """
    told = _steps(document)
    if terms := document.get("kibana.alert.new_terms"):
        told.append(_cut(f"new: {', '.join(map(str, terms))}", _SAID))
    if alike := document.get("kibana.alert.suppression.docs_count"):
        told.append(f"and {alike:,} alike until {document['kibana.alert.suppression.end']}")
    return told


def _steps(document: Mapping[str, Any]) -> list[str]:
    if result := document.get("kibana.alert.threshold_result"):
        last = document["tocsin.sample"][-1]["event"]
        return [_counted(result), *filter(None, [_cut(happened(last), _SAID)])]
    blocks = document.get("tocsin.building_blocks")
    if not isinstance(blocks, list) or not blocks:
        return [happened(document) or _reason(document)]
    told = [_cut(happened(block) or _reason(block), _SAID) for block in blocks]
    numbered = [f"{number}. {line}" for number, line in enumerate(told[:STEPS], 1)]
    rest = len(told) - STEPS
    return [*numbered, f"and {rest} more"] if rest > 0 else numbered


def _counted(result: Mapping[str, Any]) -> str:
    """Such as ``20 events with 5 user.name, of host.id h1``."""
    count = result["count"]
    told = f"{count:,} event{'' if count == 1 else 's'}"
    if distinct := [f"{row['value']:,} {row['field']}" for row in result["cardinality"]]:
        told += f" with {', '.join(distinct)}"
    if terms := [f"{row['field']} {row['value']}" for row in result["terms"]]:
        told += f", of {', '.join(terms)}"
    return _cut(told, _SAID)


def _reason(document: Mapping[str, Any]) -> str:
    told = str(document.get("kibana.alert.reason", "")).split(" created ", 1)[0]
    return told.removesuffix(",")


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _aside(*parts: str) -> str:
    told = ", ".join(filter(None, parts))
    return f" ({told})" if told else ""


def _process(facts: Facts) -> str:
    executable, name = facts.text("process.executable"), facts.text("process.name")
    command = facts.command
    if not command:
        return ""
    called = file_name(command.split(" ", 1)[0].strip('"'))
    known = {name, file_name(executable)}
    other = f"file {executable or name}" if facts.actor and called not in known else ""
    ended = "ended: " if facts.text("event.type") == "end" else ""
    inside = f"in {facts.container}" if facts.container else ""
    under = f"from {facts.parent}" if facts.parent else ""
    return f"{ended}{command}{_aside(facts.user, inside, under, other)}"


def _network(facts: Facts) -> str:
    actor = facts.actor
    if asked := facts.text("dns.question.name"):
        return f"{actor or facts.text('source.ip')} asks for {asked}{_aside(facts.user)}".lstrip()
    side = facts.address("destination")
    if url := facts.text("url.full") or facts.text("url.original"):
        side = f"{facts.text('http.request.method')} {url}".strip() + _aside(side)
    source = facts.address("source")
    if not side and not source:
        return ""
    incoming = facts.text("network.direction") in {"ingress", "inbound"}
    origin = source if incoming or not actor else actor
    target = f"{side} {actor}".strip() if incoming else side
    if not target:
        return f"{actor} {_origin(facts)}" if actor else ""
    return f"{origin} → {target}{_aside(facts.user)}".strip()


def _origin(facts: Facts) -> str:
    source = facts.address("source")
    return f"from {source}{_aside(facts.user)}" if source else ""


def _file(facts: Facts) -> str:
    path = facts.text("file.path") or facts.text("file.name")
    if not path:
        return ""
    before = facts.text("file.Ext.original.path")
    origin = f"was {before}" if before else ""
    return f"{_acts(facts)} {path}{_aside(facts.user, origin)}".strip()


def _acts(facts: Facts) -> str:
    return f"{facts.actor} {facts.text('event.action')}".strip()


def _registry(facts: Facts) -> str:
    path = facts.text("registry.path") or facts.text("registry.key")
    if not path:
        return ""
    data = facts.text("registry.data.strings")
    return f"{_acts(facts)} {path}{f' = {data}' if data else ''}{_aside(facts.user)}".strip()


def _library(facts: Facts) -> str:
    path = facts.text("dll.path") or facts.text("dll.name") or facts.text("file.path")
    return f"{_acts(facts)} {path}{_aside(facts.user)}".strip() if path else ""


def _login(facts: Facts) -> str:
    parts = [facts.text("event.action"), facts.text("event.outcome"), facts.user]
    told = " ".join(filter(None, parts))
    origin = facts.address("source")
    return f"{told}{f' from {origin}' if origin else ''}{_aside(facts.actor)}" if told else ""


def _kubernetes(facts: Facts) -> str:
    asked = request_of(facts.text)
    if asked is None:
        return ""
    origin = f"from {asked.source}" if asked.source else ""
    return f"{asked.verb} {asked.target}".strip() + _aside(asked.user, origin)


def _service(facts: Facts) -> str:
    """An action on some service: cloud providers, identity providers, applications."""
    provider, action = facts.text("event.provider"), facts.text("event.action")
    if not action:
        return ""
    origin = facts.text("source.ip") or facts.text("source.address")
    told = f"{provider} {action} {facts.text('event.outcome')}".strip()
    return f"{told}{_aside(facts.user, f'from {origin}' if origin else '')}"


def _message(facts: Facts) -> str:
    return " ".join(facts.text("message").split())


_BY_CATEGORY: dict[str, Callable[[Facts], str]] = {
    "process": _process,
    "network": _network,
    "dns": _network,
    "file": _file,
    "registry": _registry,
    "library": _library,
    "driver": _library,
    "authentication": _login,
    "session": _login,
    "iam": _login,
    "configuration": _service,
    "web": _network,
}
_ANY = (
    *(_process, _file, _registry, _library, _network, _service, _message),
    _origin,
)
