"""What an event tells a responder, in a line: the command, the file, the address; not the category.

The line is made of the event's own words. It may hold anything that an attacker wrote: `safe`
makes it fit for a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PureWindowsPath
from typing import Any

from tocsin.alerts.paths import values_at

LONGEST = 400
"""Characters of an account; machine-readable formats hold all of the event."""

STEPS = 6
"""Events of a sequence that are told one by one."""

_SAID = 200
_Text = Callable[[str], str]


def happened(event: Mapping[str, Any]) -> str:
    """An account of one event; empty if it holds nothing that says what happened."""

    def text(field: str) -> str:
        return " ".join(str(value) for value in values_at(event, field))  # type: ignore[arg-type]

    categories = values_at(event, "event.category")  # type: ignore[arg-type]
    told = _first(
        tell(text) for category in categories if (tell := _BY_CATEGORY.get(str(category)))
    )
    return _cut(told or _first(tell(text) for tell in _ANY), LONGEST)


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
    return str(document.get("kibana.alert.reason", "")).split(" created ", 1)[0]


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _base(path: str) -> str:
    return PureWindowsPath(path).name


def _aside(*parts: str) -> str:
    told = ", ".join(filter(None, parts))
    return f" ({told})" if told else ""


def _user(text: _Text) -> str:
    name, number = text("user.name"), text("user.id")
    return name or (f"user {number}" if number else "")


def _container(text: _Text) -> str:
    pod = text("orchestrator.resource.name") or text("kubernetes.pod.name")
    container = text("container.name") or text("container.id")[:12]
    return f"in {pod or container}" if pod or container else ""


def _actor(text: _Text) -> str:
    return text("process.name") or _base(text("process.executable"))


def _process(text: _Text) -> str:
    executable = text("process.executable")
    name = text("process.name") or _base(executable)
    command = text("process.command_line") or text("process.args") or executable or name
    if not command:
        return ""
    called = _base(command.split(" ", 1)[0].strip('"'))
    parent = text("process.parent.name") or _base(text("process.parent.executable"))
    other = f"file {executable or name}" if name and called not in {name, _base(executable)} else ""
    ended = "ended: " if text("event.type") == "end" else ""
    under = f"from {parent}" if parent else ""
    return f"{ended}{command}{_aside(_user(text), _container(text), under, other)}"


def _network(text: _Text) -> str:
    actor = _actor(text)
    if asked := text("dns.question.name"):
        return f"{actor or text('source.ip')} asks for {asked}{_aside(_user(text))}".lstrip()
    side = _address(text, "destination")
    if url := text("url.full") or text("url.original"):
        side = f"{text('http.request.method')} {url}".strip() + _aside(side)
    source = _address(text, "source")
    if not side and not source:
        return ""
    incoming = text("network.direction") in {"ingress", "inbound"}
    origin = source if incoming or not actor else actor
    target = f"{side} {actor}".strip() if incoming else side
    if not target:
        return f"{actor} {_origin(text)}" if actor else ""
    return f"{origin} → {target}{_aside(_user(text))}".strip()


def _origin(text: _Text) -> str:
    source = _address(text, "source")
    return f"from {source}{_aside(_user(text))}" if source else ""


def _address(text: _Text, side: str) -> str:
    place = text(f"{side}.domain") or text(f"{side}.ip") or text(f"{side}.address")
    port = text(f"{side}.port")
    if place and port:
        return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"
    return place or (f"port {port}" if port else "")


def _file(text: _Text) -> str:
    path = text("file.path") or text("file.name")
    if not path:
        return ""
    before = text("file.Ext.original.path")
    origin = f"was {before}" if before else ""
    return f"{_acts(text)} {path}{_aside(_user(text), origin)}".strip()


def _acts(text: _Text) -> str:
    return f"{_actor(text)} {text('event.action')}".strip()


def _registry(text: _Text) -> str:
    path = text("registry.path") or text("registry.key")
    if not path:
        return ""
    data = text("registry.data.strings")
    return f"{_acts(text)} {path}{f' = {data}' if data else ''}{_aside(_user(text))}".strip()


def _library(text: _Text) -> str:
    path = text("dll.path") or text("dll.name") or text("file.path")
    return f"{_acts(text)} {path}{_aside(_user(text))}".strip() if path else ""


def _login(text: _Text) -> str:
    parts = [text("event.action"), text("event.outcome"), _user(text)]
    told = " ".join(filter(None, parts))
    origin = _address(text, "source")
    return f"{told}{f' from {origin}' if origin else ''}{_aside(_actor(text))}" if told else ""


def _kubernetes(text: _Text) -> str:
    verb = text("kubernetes.audit.verb")
    if not verb:
        return ""
    names = ("namespace", "resource", "name", "subresource")
    target = "/".join(filter(None, (text(f"kubernetes.audit.objectRef.{name}") for name in names)))
    target = target or text("kubernetes.audit.requestURI")
    user, origin = text("kubernetes.audit.user.username"), text("kubernetes.audit.sourceIPs")
    return f"{verb} {target}{_aside(user, f'from {origin}' if origin else '')}"


def _service(text: _Text) -> str:
    """An action on some service: cloud providers, identity providers, applications."""
    provider, action = text("event.provider"), text("event.action")
    if not action:
        return ""
    origin = text("source.ip") or text("source.address")
    told = f"{provider} {action} {text('event.outcome')}".strip()
    return f"{told}{_aside(_user(text), f'from {origin}' if origin else '')}"


def _message(text: _Text) -> str:
    return " ".join(text("message").split())


_BY_CATEGORY: dict[str, Callable[[_Text], str]] = {
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
    *(_kubernetes, _process, _file, _registry, _library, _network, _service, _message),
    _origin,
)
