"""Choose rules by words: ``--rule ID|NAME``, ``--include K:V``, ``--exclude K:V``.

Values are compared without case and may hold ``*`` for any run of characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.rule import Rule


class SelectorError(ValueError):
    """A selector that cannot be read; the message says what to write."""


def fits(pattern: str, text: str) -> bool:
    """Whether text is as the pattern says, without case; ``*`` stands for any run of characters.

    Takes time in proportion to both lengths, whatever the pattern.
    """
    text = text.casefold()
    first, *rest = pattern.casefold().split("*")
    if not rest:
        return text == first
    last = rest.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in rest:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def file_stem(rule: Rule) -> str:
    """The name of a rule's file without folder and extension; empty for a rule of an export."""
    path = PurePosixPath(rule.origin.file)
    return path.stem if path.suffix == ".toml" else ""


def _tags(rule: Rule) -> Iterator[str]:
    """Each tag as it is, and without its group: ``Tactic: Execution``, ``Execution``."""
    for tag in rule.tags:
        yield tag
        group, colon, name = tag.partition(": ")
        if colon and group:
            yield name


def _tactics(rule: Rule) -> Iterator[str]:
    for threat in rule.threat:
        yield threat.tactic
        yield threat.tactic_id


def _systems(rule: Rule) -> Iterator[str]:
    for tag in rule.tags:
        group, _, name = tag.partition(":")
        if group.casefold() == "os":
            yield name.strip()
    listed = rule.metadata.get("os_type_list")
    if isinstance(listed, list):
        yield from (name for name in listed if isinstance(name, str))


def _names(rule: Rule) -> Iterator[str]:
    yield from (rule.id, rule.name)
    if stem := file_stem(rule):
        yield from (stem, f"{stem}.toml")


KINDS: dict[str, Callable[[Rule], Iterable[str]]] = {
    "tag": _tags,
    "severity": lambda rule: (rule.severity,),
    "tactic": _tactics,
    "type": lambda rule: (rule.type,),
    "os": _systems,
    "rule": _names,
}
"""The K of ``K:V``, with what it compares V to."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Rules for which something of ``kind`` fits ``value``."""

    kind: str
    value: str

    def takes(self, rule: Rule) -> bool:
        """Whether the selector chooses a rule."""
        return any(fits(self.value, text) for text in KINDS[self.kind](rule))

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def selector(text: str) -> Selector:
    """Read ``K:V``; raises `SelectorError` if K is not one of `KINDS`, or V is empty."""
    kind, colon, value = text.partition(":")
    kind, value = kind.strip().casefold(), value.strip()
    kinds = ", ".join(KINDS)
    if not colon:
        raise SelectorError(f"`{text}` is no selector: write K:V, K being one of {kinds}")
    if kind not in KINDS:
        meant = did_you_mean(near(kind, KINDS, 1))
        raise SelectorError(
            f"`{kind}` selects nothing: rules are chosen by one of {kinds}"
            + (f" ({meant})" if meant else "")
        )
    if not value:
        raise SelectorError(f"`{text}` names no {kind}: write {kind}:something, * for any")
    return Selector(kind, value)
