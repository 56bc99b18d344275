"""The kinds of pages that are asked for, and addresses of each: `bench.pages` asks for them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from itertools import cycle
from urllib.parse import quote, urlencode

HOSTS = 60
_DAY = "2026-03-02"
_SEQUENCE = """sequence by host.id with maxspan=1m
  [process where event.type == "start" and process.name == "{name}"]
  [network where destination.port == 443]"""
_TABLE = (
    'from logs-* | where host.name == "{host}" | stats n = count(*) by process.name | sort n desc'
)
_NAMES = ("curl", "cmd.exe", "ssh", "powershell.exe", "bash", "chrome.exe")

Kinds = dict[str, Iterator[str]]


class Chances:
    """What addresses are made of."""

    def __init__(self, alerts: int, rules: Sequence[str]) -> None:
        self._chance = random.Random(7)
        self._alerts = alerts
        self._rules = rules

    def alert(self) -> str:
        """The id of an alert."""
        return f"{self._chance.randrange(self._alerts):040x}"

    def host(self) -> str:
        """The name of a host."""
        number = self._chance.randrange(HOSTS)
        return f"{'win' if number % 2 == 0 else 'lnx'}-{number:03d}"

    def rule(self) -> str:
        """The id of a rule, as it stands in an address."""
        return quote(self._chance.choice(self._rules), safe="")

    def name(self) -> str:
        """The name of a process."""
        return self._chance.choice(_NAMES)

    def kql(self) -> str:
        """Scattered events of a host."""
        return f'host.name: "{self.host()}" and process.name: (curl or cmd.exe)'

    def address(self) -> str:
        """One of a few events."""
        return f"10.{self._chance.randrange(256)}.{self._chance.randrange(256)}.7"

    def span(self) -> dict[str, str]:
        """Half an hour."""
        begin = dt.datetime.fromisoformat(f"{_DAY}T08:00:00+00:00") + dt.timedelta(
            minutes=self._chance.randrange(450)
        )
        times = (begin, begin + dt.timedelta(minutes=30))
        since, until = (at.isoformat(timespec="seconds")[:19] + "Z" for at in times)
        return {"since": since, "until": until}


def asked(alerts: int, rules: Sequence[str]) -> Kinds:
    """For each kind of page the addresses to ask for."""
    some = Chances(alerts, rules)
    return {
        **_alerts(some),
        **_queues(some),
        **_events(some),
        **_rules(some),
        **_questions(some),
        **_others(),
    }


def _alerts(some: Chances) -> Kinds:
    return {
        "an alert": (f"/alerts/{some.alert()}" for _ in cycle("a")),
        "an alert, within 2 hours of it": (
            f"/alerts/{some.alert()}?scope=host&minutes=120" for _ in cycle("a")
        ),
        "an alert, its user": (f"/alerts/{some.alert()}?scope=user&minutes=30" for _ in cycle("a")),
        "an alert as JSON": (f"/alerts/{some.alert()}.json" for _ in cycle("a")),
    }


def _queues(some: Chances) -> Kinds:
    return {
        "the queue": cycle(["/alerts"]),
        "the queue, a host": (f"/alerts?status=any&host={some.host()}" for _ in cycle("a")),
        "the queue, a search": (f"/alerts?status=any&q={some.host()}" for _ in cycle("a")),
        "the queue, severe ones, by risk": cycle(
            ["/alerts?severity=high&severity=critical&sort=risk&page=9"]
        ),
        "the queue, in groups": cycle(
            [f"/alerts?group={name}" for name in ("rule", "host", "user", "tactic")]
        ),
        "the queue as JSON": cycle(["/alerts.json"]),
        "what is new": cycle(["/alerts.new?after=99000"]),
    }


def _events(some: Chances) -> Kinds:
    return {
        "events": cycle(["/events"]),
        "events as JSON": cycle(["/events.json"]),
        "events, by KQL": (f"/events?{urlencode({'q': some.kql()})}" for _ in cycle("a")),
        "events, of a host within half an hour": (
            f"/events?{urlencode({'q': f'host.name: {some.host()}'} | some.span())}"
            for _ in cycle("a")
        ),
        "events, by a pattern": (
            f"/events?{urlencode({'q': f'process.command_line: *{some.name()}*'})}"
            for _ in cycle("a")
        ),
        "events, by a field of no schema": (
            f"/events?{urlencode({'q': f'labels.team: {some.name()}'})}" for _ in cycle("a")
        ),
    }


def _rules(some: Chances) -> Kinds:
    return {
        "rules": cycle(["/rules"]),
        "rules as JSON": cycle(["/rules.json"]),
        "a rule": (f"/rules/{some.rule()}" for _ in cycle("a")),
        "a rule as JSON": (f"/rules/{some.rule()}.json" for _ in cycle("a")),
        "changes of rules": cycle(["/rules/changes"]),
        "the ATT&CK matrix": cycle(["/matrix"]),
        "the matrix, by alerts": cycle(["/matrix?by=alerts"]),
        "the matrix, by what can fire": cycle(["/matrix?by=ready"]),
        "the matrix as JSON": cycle(["/matrix.json"]),
    }


def _questions(some: Chances) -> Kinds:
    def ask(language: str, text: str, **more: str) -> str:
        return f"/ask?{urlencode({'language': language, 'q': text, 'last': '24h'} | more)}"

    return {
        "the page to ask": cycle(["/ask"]),
        "words to ask with": cycle(["/ask/words.json"]),
        "what is wrong with a question": cycle(
            [f"/ask/check.json?{urlencode({'language': 'eql', 'q': 'process where x ='})}"]
        ),
        "asked in KQL": (ask("kuery", some.kql()) for _ in cycle("a")),
        "asked in KQL, rare events": (
            ask("kuery", f"destination.ip: {some.address()}") for _ in cycle("a")
        ),
        "asked in EQL": (
            ask("eql", f'process where process.name == "{some.name()}"') for _ in cycle("a")
        ),
        "asked in EQL, a sequence within half an hour": (
            ask("eql", _SEQUENCE.format(name=some.name()), **some.span()) for _ in cycle("a")
        ),
        "asked in EQL, a sequence": (
            ask("eql", _SEQUENCE.format(name=some.name())) for _ in cycle("a")
        ),
        "asked in ES|QL": (ask("esql", _TABLE.format(host=some.host())) for _ in cycle("a")),
    }


def _others() -> Kinds:
    return {
        "data": cycle(["/data"]),
        "data as JSON": cycle(["/data.json"]),
        "the engine": cycle(["/engine"]),
        "the server's own rules": cycle(["/ask/rules"]),
        "a form for a rule": cycle(
            [f"/ask/rule?{urlencode({'language': 'eql', 'q': 'process where true'})}"]
        ),
    }
