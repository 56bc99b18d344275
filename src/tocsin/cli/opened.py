"""A scan whose alerts are then looked at in the browser (``--open``)."""

from __future__ import annotations

from dataclasses import replace

from tocsin.cli.chosen import Choice
from tocsin.cli.failure import INTERRUPTED
from tocsin.cli.opening import Keeping, folder, show
from tocsin.cli.scanning import Wanted, run
from tocsin.engine.scan import Options


def run_and_show(
    events: tuple[str, ...],
    choice: Choice,
    options: Options,
    wanted: Wanted,
    *,
    data: str | None = None,
    state: str | None = None,
    config: str | None = None,
) -> int:
    """Scan, then serve the pages of what was found until Ctrl-C; the scan's exit status."""
    with folder(data) as place:
        keeping = Keeping(place)
        try:
            kept = replace(wanted, store=str(place), keeping=keeping)
            status = run(events, choice, options, kept, state)
            keeping.finish()
        finally:
            keeping.close()
        if status != INTERRUPTED:
            show(place, choice, config)
    return status
