"""The users and groups of an audit event: who acted, as whom, on whom.

Most events of a log are of a few users, so that what is made for one serves many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tocsin.inputs.audit.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Document = dict[str, Any]
"""Nested fields, as JSON has them."""

Pairs = tuple[tuple[str, str], ...]

_USER_FIELDS: Final = {
    "uid": (),
    "euid": ("effective",),
    "gid": ("group",),
    "egid": ("effective", "group"),
}
_AUDITD_USER_FIELDS: Final = {
    "auid": ("audit",),
    "suid": ("saved",),
    "sgid": ("saved", "group"),
    "fsuid": ("filesystem",),
    "fsgid": ("filesystem", "group"),
}
UNSET: Final = frozenset({"", "unset", "4294967295", "-1"})
"""What stands for no id."""


class People(NamedTuple):
    """The fields `user`, `group` and `related`; ``other``: ids that belong below `auditd.user`."""

    user: Document
    other: Document
    group: Document
    related: Document


def _people(said: tuple[Pairs, Pairs, Pairs, Pairs]) -> People:
    """What `Coalesced.ids`, `.users`, `.groups` and `.parties` say."""
    ids, users, groups, parties = said
    user, other = _users(dict(ids), dict(users), dict(groups))
    group, related = _add_parties(parties, dict(users), dict(groups), user)
    return People(user, other, group, related)


def _users(
    ids: Mapping[str, str], users: Mapping[str, str], groups: Mapping[str, str]
) -> tuple[Document, Document]:
    """The acting user; and identities that ECS has no field for."""
    user: Document = {}
    other: Document = {}
    for key, identifier in ids.items():
        if identifier in UNSET:
            continue
        if key in _USER_FIELDS:
            place = _at(user, _USER_FIELDS[key])
        else:
            place = _at(other, _AUDITD_USER_FIELDS.get(key, (key.replace("-", "_"),)))
        place["id"] = identifier
        names = groups if key.endswith("gid") else users
        if identifier in names:
            place["name"] = names[identifier]
    return user, other


def _at(doc: Document, path: Iterable[str]) -> Document:
    for step in path:
        doc = doc.setdefault(step, {})
    return doc


def _add_parties(
    parties: Pairs, users: Mapping[str, str], groups: Mapping[str, str], user: Document
) -> tuple[Document, Document]:
    """Who acted as whom on whom, for the kinds of record that tell it; the group, related users."""
    group: Document = {}
    related = set()
    for party, value in parties:
        if party == "group":
            group = _entity(value, groups) or group
            continue
        entity = _entity(value, users)
        place = _at(user, party.split(".")[1:])
        place.pop("id", None)
        place.pop("name", None)
        place.update(entity)
        if "name" in entity:
            related.add(entity["name"])
    for party in ("target", "effective"):
        if not user.get(party, True):
            del user[party]
    return group, {"user": sorted(related)} if related else {}


def _entity(value: str, names: Mapping[str, str]) -> Document:
    """A user or group that is told by id or by name; the other one where the log knows it."""
    if value in UNSET:
        return {}
    if value.isdecimal():
        return {"id": value} | ({"name": names[value]} if value in names else {})
    identifier = next((i for i, name in names.items() if name == value), None)
    return {"name": value} | ({"id": identifier} if identifier is not None else {})


def _length(said: tuple[Pairs, Pairs, Pairs, Pairs]) -> int:
    return sum(len(key) + len(value) for pairs in said for key, value in pairs)


PEOPLE: Final[Remembered[tuple[Pairs, Pairs, Pairs, Pairs], People]] = Remembered(_people, _length)
"""Of ids, names of users, names of groups and parties (`Coalesced`) the fields; not to be changed.
"""
