"""One entry of a Kubernetes audit log: who asked for what, from where, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

ALLOWED, FORBIDDEN, UNTOLD = "allowed", "forbidden", "not told"


@dataclass(frozen=True, slots=True)
class Review:
    """What a TokenReview or SubjectAccessReview was about; what is not told is empty.

    ``authenticated`` and ``allowed`` are ``"true"``, ``"false"`` or empty.
    """

    user: str = ""
    authenticated: str = ""
    allowed: str = ""
    verb: str = ""
    resource: str = ""
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry, whatever log it is from; what the entry does not tell is empty.

    ``acting_as`` is who was impersonated, ``source`` the client's address, ``path`` what was asked
    for as it was written. ``decision`` is one of `ALLOWED`, `FORBIDDEN`, `UNTOLD`; ``status`` is
    what was answered. ``key`` is the same in copies of one entry, and empty if nothing tells them.
    """

    who: str = ""
    acting_as: str = ""
    source: str = ""
    verb: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    decision: str = UNTOLD
    status: str = ""
    key: str = ""
    review: Review = Review()

    @property
    def told(self) -> str:
        """Who did what to which object, and whether that was allowed."""
        user = self.who or "an unknown user"
        other = f" as {self.acting_as}" if self.acting_as else ""
        where = f" from {self.source}" if self.source else ""
        status = f", status {self.status}" if self.status else ""
        return f"{user}{other}{where}: {self.verb or '?'} {self._thing}: {self.decision}{status}"

    @property
    def proxied(self) -> str:
        """The path that a node or a service was to be asked for, empty if it is none of these."""
        return self.path.partition("/proxy")[2] if self.subresource.startswith("proxy") else ""

    @property
    def _thing(self) -> str:
        if not self.resource:
            return self.path or "?"
        kind = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        named = "/".join(filter(None, (self.namespace, self.name)))
        return f"{kind} {named}".rstrip()


def decisions_told(entries: Iterable[AuditEntry]) -> str:
    """How many were allowed and forbidden."""
    found = Counter(entry.decision for entry in entries)
    return ", ".join(
        f"{found[name]:,} {name}" for name in (ALLOWED, FORBIDDEN, UNTOLD) if found[name]
    )
