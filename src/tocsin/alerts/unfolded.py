"""A sequence's alert as Kibana keeps it: its building blocks as documents of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

BLOCKS = "tocsin.building_blocks"
WORKFLOW = "kibana.alert.workflow_"
_SHARED = ("kibana.alert.rule.", "kibana.space", WORKFLOW)


def unfolded(
    name: str, document: Mapping[str, Any], index: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Id and document of each that Kibana would have, the alert itself last.

    Parameters
    ----------
    index
        Where the documents stand: the alert names its blocks by it.
    """
    alert = dict(document)
    blocks = alert.pop(BLOCKS, None)
    if not isinstance(blocks, list) or not blocks:
        yield name, alert
        return
    shared = {
        field: value
        for field, value in alert.items()
        if field.startswith(_SHARED) or field == "kibana.alert.status"
    }
    for block in blocks:
        yield str(block["kibana.alert.uuid"]), {**shared, **block}
    own = [
        {
            "id": block["kibana.alert.uuid"],
            "type": "signal",
            "index": index,
            "depth": block["kibana.alert.depth"],
            "rule": alert.get("kibana.alert.rule.uuid"),
        }
        for block in blocks
    ]
    alert["kibana.alert.ancestors"] = own + list(alert.get("kibana.alert.ancestors", ()))
    alert["kibana.alert.depth"] = 1 + max(block["kibana.alert.depth"] for block in blocks)
    yield name, alert
