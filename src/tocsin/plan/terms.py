"""The fields that a rule groups by, as its file names them, judged and as keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tocsin.diagnostics import Diagnostic
from tocsin.plan.plan import Key
from tocsin.plan.predicate import FieldRef
from tocsin.schema.fields import Schema


class TermsError(ValueError):
    """What is wrong with a key of a rule that names fields or counts."""

    @property
    def diagnostic(self) -> Diagnostic:
        """As a diagnostic about the whole rule."""
        return Diagnostic("RULE007", str(self))


def names_in(found: Any, where: str, most: int, least: int = 0) -> tuple[str, ...]:  # noqa: ANN401
    """The field names in a list, or the one name; raises `TermsError` if they are not that."""
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise TermsError(f"`{where}` must be a list of field names")
    kept = tuple(dict.fromkeys(name for name in names if name.strip()))
    if not least <= len(kept) <= most:
        bound = f"{least} to {most}" if most > least else f"{most}"
        raise TermsError(f"`{where}` must name {bound} fields, not {len(kept)}")
    return kept


def whole_in(found: Any, where: str, least: int) -> int:  # noqa: ANN401 - unchecked
    """The whole number; raises `TermsError` if it is none or too small."""
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found < 1 << 62:
        raise TermsError(f"`{where}` must be a whole number, at least {least}")
    return found


def reference(name: str, schema: Schema) -> FieldRef:
    """The field at the path at which events carry it."""
    path = schema.path(name)
    return FieldRef(path, schema.kind(path))


def keys_of(names: Sequence[str], schema: Schema, *, optional: bool = False) -> tuple[Key, ...]:
    """Join keys of fields; ``optional`` ones may be null."""
    return tuple(Key(reference(name, schema), optional) for name in names)
