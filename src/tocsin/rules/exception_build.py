"""One exception item from its table, whether JSON or TOML gave it; what is wrong is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from tocsin.diagnostics import Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.exception_item import SINGLE, Entry, Item, Place
from tocsin.rules.layout import Path
from tocsin.rules.report import Report, shown
from tocsin.rules.timing import TimingError, instant
from tocsin.schema.values import text_of

Table = Mapping[str, Any]

ENTRY_TYPES = ("match", "match_any", "wildcard", "exists", "list", "nested")
OPERATORS = ("included", "excluded")
SYSTEMS = ("linux", "macos", "windows")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENTRY_KEYS = _words("field type operator value list entries case_insensitive")
ITEM_KEYS = _words("""
    _tags _version case_insensitive comments created_at created_by description entries expire_time
    id item_id list_id list_type meta name namespace namespace_type os_types rules stage tags
    tie_breaker_id type updated_at updated_by
""")


class ItemBuilder:
    """Makes items of tables.

    Parameters
    ----------
    report
        Where to tell what is wrong.
    file, text
        What places point into.
    own
        The tables are of our own form: ``tags`` are those of rules.
    """

    def __init__(self, report: Report, file: str, text: str, *, own: bool) -> None:
        self._report = report
        self._file = file
        self._text = text
        self._own = own
        self._failed = False

    def item(
        self, table: Table, path: Path, *, list_id: str = "", rules: Sequence[str] = ()
    ) -> Item | None:
        """The item of a table; None if it cannot be used.

        Parameters
        ----------
        list_id
            The list that holds the item, where it does not say so itself.
        rules
            Rules that it applies to, besides those that it names.
        """
        self._failed = False
        self._keys(table, path, ITEM_KEYS)
        own = _texts(table.get("rules"))
        if "rules" in table and own is None:
            self._refuse((*path, "rules"), "`rules` must be a list of ids or names of rules")
        tags = _texts(table.get("tags")) if self._own else ()
        if tags is None:
            self._refuse((*path, "tags"), "`tags` must be a list of rules' tags")
        item = Item(
            name=str(table.get("name") or table.get("item_id") or "an exception"),
            entries=self._entries(table, path, fold=table.get("case_insensitive") is True),
            list_id=str(table.get("list_id") or list_id),
            namespace=str(table.get("namespace_type") or SINGLE),
            os_types=self._systems(table.get("os_types"), (*path, "os_types")),
            expires=self._expires(table.get("expire_time"), (*path, "expire_time")),
            stage=self._stage(table.get("stage"), (*path, "stage")),
            rules=(*(own or ()), *rules),
            tags=tags or (),
            item_id=str(table.get("item_id") or ""),
            place=self._place((*path, "name") if "name" in table else path),
        )
        return None if self._failed else item

    def _entries(self, table: Table, path: Path, *, fold: bool) -> tuple[Entry, ...]:
        given = table.get("entries")
        if not isinstance(given, list) or not given:
            self._refuse(
                (*path, "entries"),
                "`entries` must be a list of conditions, at least one",
                'write entries = [{ field = "user.name", type = "match", value = "x" }]',
            )
            return ()
        found = []
        for number, entry in enumerate(given):
            place = (*path, "entries", number)
            if not isinstance(entry, Mapping):
                self._refuse(place, "an entry must be a table with `field` and `type`")
                continue
            made = self._entry(entry, place, fold=fold, nested=False)
            if made is not None:
                found.append(made)
        return tuple(found)

    def _entry(self, table: Table, path: Path, *, fold: bool, nested: bool) -> Entry | None:
        self._keys(table, path, ENTRY_KEYS)
        field, kind = table.get("field"), table.get("type")
        if not isinstance(field, str) or not field:
            self._refuse((*path, "field"), "an entry must name a `field`")
            return None
        if kind is None:
            kind = _assumed(table)
        if kind not in ENTRY_TYPES or (nested and kind in {"nested", "list"}):
            hint = did_you_mean(near(str(kind), ENTRY_TYPES, 1))
            allowed = ", ".join(ENTRY_TYPES[:4] if nested else ENTRY_TYPES)
            message = f"`type` of an entry must be one of {allowed}, not `{shown(kind)}`"
            self._refuse((*path, "type"), message, hint)
            return None
        operator = table.get("operator", "included")
        if operator not in OPERATORS:
            message = f"`operator` must be included or excluded, not `{shown(operator)}`"
            self._refuse((*path, "operator"), message)
            return None
        own = table.get("case_insensitive", fold)
        values = () if kind == "nested" else self._values(table, kind, path)
        inner = self._inner(table, path, fold=own is True) if kind == "nested" else ()
        place = self._place((*path, "value") if "value" in table else (*path, "field"))
        return Entry(field, kind, operator == "included", values, inner, own is True, place)

    def _inner(self, table: Table, path: Path, *, fold: bool) -> tuple[Entry, ...]:
        given = table.get("entries")
        if not isinstance(given, list) or not given:
            self._refuse((*path, "entries"), "a nested entry must have `entries` of its own")
            return ()
        found = []
        for number, inner in enumerate(given):
            place = (*path, "entries", number)
            if not isinstance(inner, Mapping):
                self._refuse(place, "an entry must be a table with `field` and `type`")
            elif (made := self._entry(inner, place, fold=fold, nested=True)) is not None:
                found.append(made)
        return tuple(found)

    def _values(self, table: Table, kind: str, path: Path) -> tuple[str, ...]:
        value = table.get("value")
        match kind:
            case "exists":
                return ()
            case "list":
                match table.get("list"):
                    case {"id": str(name), "type": str(type_)}:
                        return name, type_
                    case {"id": str(name)}:
                        return name, "keyword"
                    case _:
                        pass
                self._refuse(path, '`list` must be { id = "…", type = "…" }')
                return ()
            case "match_any":
                found = value if isinstance(value, list) else [value]
            case _:
                found = [value]
        texts = [text_of(each) for each in found if isinstance(each, str | int | float)]
        if len(texts) < len(found) or not texts:
            what = "a list of texts" if kind == "match_any" else "text"
            self._refuse((*path, "value"), f"`value` of {kind} must be {what}")
        return tuple(texts)

    def _systems(self, given: object, path: Path) -> tuple[str, ...]:
        found = _texts(given)
        if given is not None and (found is None or not set(found) <= set(SYSTEMS)):
            self._refuse(path, f"`os_types` must be a list of {', '.join(SYSTEMS)}")
        return found or ()

    def _expires(self, given: object, path: Path) -> int | None:
        if given is None or given == "":
            return None
        if isinstance(given, datetime):
            moment = given if given.tzinfo else given.replace(tzinfo=UTC)
            return int(moment.timestamp() * 1000)
        text = given.isoformat() if isinstance(given, date) else given
        if isinstance(text, str) and not text.startswith("now"):
            try:
                return instant(text, 0)
            except TimingError:
                pass
        self._refuse(path, "`expire_time` must be a time, such as 2026-09-01T00:00:00Z")
        return None

    def _stage(self, given: object, path: Path) -> int | None:
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            self._refuse(path, "`stage` must be the number of a stage, from 0")
            return None
        return given

    def _keys(self, table: Table, path: Path, known: frozenset[str]) -> None:
        """Tell of misspelt keys where people write them; Kibana's exports may grow new ones."""
        if not self._own:
            return
        for key in table:
            if key not in known:
                self._report.add(
                    "EXC003",
                    (*path, key),
                    f"nothing reads the key `{shown(key)}`",
                    hint=did_you_mean(near(str(key), known, 1)),
                    severity=Severity.WARNING,
                )

    def _place(self, path: Path) -> Place:
        found = self._report.told("EXC010", path, "", severity=Severity.ERROR)
        return Place(self._file, self._text, found.span)

    def _refuse(self, path: Path, message: str, hint: str = "") -> None:
        self._failed = True
        self._report.add("EXC010", path, message, hint=hint, label="this exception is left out")


def _assumed(table: Table) -> str:
    """The type of an entry that names none."""
    if "list" in table:
        return "list"
    if "entries" in table:
        return "nested"
    return "match_any" if isinstance(table.get("value"), list) else "match"


def _texts(value: object) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    return None
