"""The ATT&CK matrix over HTTP: ``/matrix``, ``/matrix.json``, and a layer for Navigator."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.pages.answers import twin
from tocsin.server.pages.rules import READING
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.pages.view import View
from tocsin.server.pulse import Pulse
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Way
from tocsin.server.rule_desk import RuleDesk
from tocsin.web.day_bars import day_text
from tocsin.web.environment import render
from tocsin.web.matrix_live import ABOUT, LiveMatrix, MatrixAsked, as_json, layer, live_matrix
from tocsin.web.rule_live import DAYS
from tocsin.web.shelf import Shelf

_TITLES = {"rules": "By rules", "ready": "By rules that can fire", "alerts": "By alerts"}


class _Known(NamedTuple):
    """What colours need; None of it is known at first."""

    shelf: Shelf
    ready: AbstractSet[str] | None
    alerts: Mapping[str, int] | None
    since: str
    """The first day of which alerts are counted."""


@dataclass(slots=True)
class MatrixPages:
    """Serves ``/matrix``."""

    shell: Shell
    desk: RuleDesk
    pulse: Pulse

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/matrix", safe(self.page), ""),
            Way(READS, "/matrix.json", safe(self.data), ""),
            Way(READS, "/matrix/navigator.json", safe(self.navigator), ""),
        ]

    async def page(self, request: Request) -> Response:
        """The matrix."""
        self.shell.check(request, "read")
        asked = MatrixAsked.read(request.query_params.multi_items())
        known = await self.shell.work(self._known)
        found = None if known is None else live_matrix(known.shelf, asked, *known[1:])
        missing = known is not None and _missing(asked, known)
        return self.shell.page(request, lambda view: self._text(found, asked, view, missing))

    async def data(self, request: Request) -> Response:
        """The same as JSON."""
        asked, known = await self._asked(request)
        return twin(as_json(live_matrix(known.shelf, asked, *known[1:])))

    async def navigator(self, request: Request) -> Response:
        """The same as a layer, to download."""
        asked, known = await self._asked(request)
        if _missing(asked, known):
            raise RefusedError(503, "not_ready", "It is being counted; ask again in a moment.")
        answer = twin(layer(known.shelf, asked, known.ready, known.alerts))
        answer.headers["Content-Disposition"] = f'attachment; filename="tocsin-{asked.by}.json"'
        return answer

    async def _asked(self, request: Request) -> tuple[MatrixAsked, _Known]:
        self.shell.check(request, "read")
        asked = MatrixAsked.read(request.query_params.multi_items())
        known = await self.shell.work(self._known)
        if known is None:
            raise RefusedError(503, "not_ready", self.desk.trouble or READING)
        return asked, known

    def _known(self) -> _Known | None:
        shelf = self.desk.ask()
        if shelf is None:
            return None
        data, alerts = self.pulse.data(), self.pulse.alerts()
        ready = None
        if data is not None and data.shelf is not None:
            ready = {rule for rule, told in data.ready.items() if told.state == "ready"}
        counted = None if alerts is None else alerts.since(DAYS)
        return _Known(shelf, ready, counted, day_text(self.pulse.today - DAYS + 1))

    def _text(self, found: LiveMatrix | None, asked: MatrixAsked, view: View, missing: bool) -> str:
        return render(
            "matrix_live.html",
            **view.context,
            found=found,
            trouble=self.desk.trouble,
            query=asked.changed(),
            about=ABOUT[asked.by],
            waiting=missing,
            switches=[
                (title, asked.changed(by=by), by == asked.by) for by, title in _TITLES.items()
            ],
        )


def _missing(asked: MatrixAsked, known: _Known) -> bool:
    """Whether what it is coloured by is not known yet."""
    return (asked.by == "ready" and known.ready is None) or (
        asked.by == "alerts" and known.alerts is None
    )
