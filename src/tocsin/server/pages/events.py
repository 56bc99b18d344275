"""The list of stored events over HTTP: ``/events`` and ``/events.json``."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from tocsin.corpus.questions import Questions
from tocsin.server.pages.answers import twin
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.pages.view import View
from tocsin.server.routes import Way
from tocsin.web.environment import render
from tocsin.web.events_page import EventsAsked, event_list, events_json


@dataclass(slots=True)
class EventPages:
    """Serves lists of events."""

    shell: Shell
    questions: Questions

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/events", safe(self.events), ""),
            Way(READS, "/events.json", safe(self.events), ""),
        ]

    async def events(self, request: Request) -> Response:
        """Events that the address asks for."""
        self.shell.check(request, "read")
        asked = EventsAsked.read(request.query_params.multi_items())
        found, stored = await self.shell.work(
            lambda: (event_list(self.questions, asked), self.questions.any)
        )
        if request.scope["path"].endswith(".json"):
            return twin(events_json(found))

        def text(view: View) -> str:
            # as they are: in a field, unlike in a text, characters made visible would be others
            given = {
                "search": escape(asked.kql),
                "since": escape(asked.since),
                "until": escape(asked.until),
            }
            told = {"page": found, "stored": stored, "address": view.address}
            return render("events.html", **view.context, **given, **told)

        return self.shell.page(request, text)
