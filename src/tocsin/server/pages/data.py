"""The page of the data that came over HTTP: ``/data``, and ``/data.json``."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.pages.answers import twin
from tocsin.server.pages.rule_views import UNNAMED, set_link
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.pages.view import View
from tocsin.server.pulse import Data, Pulse
from tocsin.server.refusal import RefusedError
from tocsin.server.routes import Way
from tocsin.web.address import query_string
from tocsin.web.data_page import DAYS, DataPage, SetDetail, data_page, page_json, set_detail
from tocsin.web.day_bars import day_bars
from tocsin.web.environment import render
from tocsin.web.times import moment

NAMELESS = "-"
"""What an address calls the data set without a name."""


@dataclass(slots=True)
class DataPages:
    """Serves ``/data``."""

    shell: Shell
    pulse: Pulse

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/data", safe(self.data), ""),
            Way(READS, "/data.json", safe(self.data), ""),
        ]

    async def data(self, request: Request) -> Response:
        """What came; with ``set=NAME`` one data set closely."""
        self.shell.check(request, "read")
        address = f"{request.url.scheme}://{request.headers.get('host', '')}"
        name = request.query_params.get("set")
        found = await self.shell.work(lambda: self._found(name, address))
        if request.scope["path"].endswith(".json"):
            if found is None:
                raise RefusedError(503, "not_ready", "The stored events are being looked through.")
            return twin(page_json(*found))
        return self.shell.page(request, lambda view: self._text(found, view))

    def _found(self, name: str | None, address: str) -> tuple[DataPage, SetDetail | None] | None:
        data = self.pulse.data()
        if data is None:
            return None
        held = data.held
        page = data_page(
            held.sets,
            data.ready,
            data.shelf,
            counted=held.counted,
            pending=held.pending,
            unread=held.unread,
            today=self.pulse.today,
            address=address,
        )
        return page, None if name is None else _detail(data, name)

    def _text(self, found: tuple[DataPage, SetDetail | None] | None, view: View) -> str:
        page, detail = found if found is not None else (None, None)
        name = "" if detail is None else detail.seen.name
        return render(
            "data.html",
            **view.context,
            page=page,
            detail=detail,
            address=view.address,
            twin=set_link(name).replace("/data", "/data.json") if detail else "/data.json",
            detail_name=name or UNNAMED,
            detail_bars=()
            if detail is None
            else day_bars(detail.seen.days, self.pulse.today, DAYS),
            first="" if detail is None else _moment(detail.seen.first),
            last="" if detail is None else _moment(detail.seen.last),
            sets=[]
            if page is None
            else [
                (row, row.seen.name or UNNAMED, set_link(row.seen.name), _moment(row.seen.last))
                for row in page.sets
            ],
            waiting=[] if page is None else [(one, _rules(one.pattern)) for one in page.waiting],
            lacking=[]
            if page is None
            else [(one, _rules(one.field, "lacks fields")) for one in page.lacking],
        )


def _detail(data: Data, name: str) -> SetDetail:
    wanted = "" if name == NAMELESS else name
    one = next((one for one in data.held.sets if one.name == wanted), None)
    if one is None:
        raise RefusedError(404, "resource_not_found_exception", "No such data set has come.")
    return set_detail(one, data.ready, data.shelf, data.held.counted)


def _moment(time: int | None) -> str:
    return "no time" if time is None else moment(time)


def _rules(words: str, state: str = "no events") -> str:
    return f"/rules{query_string([('data', state), ('q', words)])}"
