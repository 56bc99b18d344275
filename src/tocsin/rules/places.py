"""Where the keys of a rule stand, in whichever way its file is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.rules.json_layout import JsonPlaces, is_object
from tocsin.rules.toml import TomlPlaces

if TYPE_CHECKING:
    from tocsin.rules.report import Places
    from tocsin.rules.rule import Origin


def places_of(origin: Origin) -> Places:
    """Places in the text of a rule that was read from there."""
    return JsonPlaces(origin.text) if is_object(origin.text) else TomlPlaces(origin.text)
