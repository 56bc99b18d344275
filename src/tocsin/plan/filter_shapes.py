"""The shapes of the query DSL's clauses: tables, lists, texts, and what else is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tocsin.schema.values import text_of

Path = tuple[str | int, ...]
"""Where something stands in the rule's table."""

SCORING: Final = frozenset({"boost", "_name"})
"""Options that change no answer."""


class FilterError(ValueError):
    """A filter cannot be used: why, and where in the rule's table."""

    def __init__(self, code: str, message: str, path: Path, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.hint = hint


def of_field(
    body: object, names: tuple[str, ...], path: Path
) -> tuple[str, object, Mapping[str, Any]]:
    """``{field: value}`` or ``{field: {name: value, option: …}}``: field, value, options."""
    table = {key: value for key, value in table_in(body, path).items() if key not in SCORING}
    if len(table) != 1:
        raise FilterError("KQL131", f"`{path[-1]}` takes one field", path)
    field, value = next(iter(table.items()))
    if not isinstance(value, Mapping):
        return field, value, {}
    options = dict(value)
    for name in names:
        if name in options:
            return field, options.pop(name), options
    raise FilterError("KQL131", f"`{path[-1]}` has no `{names[0]}`", (*path, field))


def only(options: Mapping[str, Any], known: set[str], path: Path) -> None:
    """Refuse options that would change the meaning unseen."""
    for name in options:
        if name not in known:
            raise FilterError("KQL130", f"`{path[-1]}` with `{name}`", path)


def table_in(value: object, path: Path) -> Mapping[str, Any]:
    """The value as a table; as all of these, it raises `FilterError` if it is none."""
    if not isinstance(value, Mapping):
        raise FilterError("KQL131", f"`{path[-1]}` must be a table", path)
    return value


def list_in(value: object, path: Path) -> Sequence[Any]:
    """The value as a list."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise FilterError("KQL131", f"`{path[-1]}` must be a list", path)
    return value


def key_in(body: object, name: str, path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """What stands under a key of a table."""
    table = table_in(body, path)
    if name not in table:
        raise FilterError("KQL131", f"`{path[-1]}` has no `{name}`", path)
    return table[name]


def flag_in(table: Mapping[str, Any], name: str, path: Path) -> bool:
    """Whether a key of a table is true; it may be missing."""
    value = table.get(name)
    if value is not None and not isinstance(value, bool):
        raise FilterError("KQL131", f"`{name}` must be true or false", (*path, name))
    return value is True


def text_in(value: object, path: Path) -> str:
    """The value as a text."""
    if not isinstance(value, str):
        raise FilterError("KQL131", f"`{path[-1]}` must be text", path)
    return value


def scalar_in(value: object, path: Path) -> str:
    """The value as the text that events have: of a text, a number or a boolean."""
    if not isinstance(value, str | int | float):
        raise FilterError("KQL131", f"`{path[-1]}` must be a text, a number or a boolean", path)
    return text_of(value)


def limits_in(limits: Mapping[str, Any]) -> Mapping[str, Any]:
    """The limits of a range; of the older names (`from`, `include_lower`) newer ones are made."""
    found = dict(limits)
    for old, including, keys in (
        ("from", "include_lower", ("gt", "gte")),
        ("to", "include_upper", ("lt", "lte")),
    ):
        inclusive = found.pop(including, True) is not False
        if old in found:
            value = found.pop(old)
            found.setdefault(keys[inclusive], value)
    return found
