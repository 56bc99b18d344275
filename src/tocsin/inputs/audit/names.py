"""The names that auditd looked up when it wrote a record: of users, groups, system calls."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tocsin.inputs.audit.remembered import Remembered

# Quantifiers are possessive and a key begins at a word's beginning: each character is looked at
# once, whatever the text.
_NAME: Final = re.compile(r"""(?<![A-Z0-9_\-])([A-Z][A-Z0-9_\-]*+)=("[^"]*+"?|[^"\s]*+)""")
_GROUP_KINDS: Final = frozenset({"ADD_GROUP", "DEL_GROUP", "GRP_MGMT", "GRP_CHAUTHTOK"})


class Names(NamedTuple):
    """Each name by its key; of users and of groups, the pair that holds the id, and the name."""

    said: dict[str, str]
    users: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]


def names_of(kind: str, enriched: str) -> Names:
    """What stands behind the body of a record of this kind; ids without a name are left out."""
    return _NAMES[kind in _GROUP_KINDS, enriched]


def _read(about_group_and_text: tuple[bool, str]) -> Names:
    about_group, text = about_group_and_text
    said = {}
    users, groups = [], []
    for key, coded in _NAME.findall(text):
        name = coded.removeprefix('"').removesuffix('"') if coded[:1] == '"' else coded
        if name == "unset" or not name or name.startswith("unknown("):
            continue
        said[key] = name
        if key.endswith("UID") or (key == "ID" and not about_group):
            users.append((key.lower(), name))
        elif key.endswith("GID") or key == "ID":
            groups.append((key.lower(), name))
    return Names(said, tuple(users), tuple(groups))


def _length(about_group_and_text: tuple[bool, str]) -> int:
    return len(about_group_and_text[1])


_NAMES: Final[Remembered[tuple[bool, str], Names]] = Remembered(_read, _length)
