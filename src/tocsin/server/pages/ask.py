"""The page of questions over HTTP: the question in the address, the answer as a page or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tocsin.corpus.ask.answering import answered
from tocsin.corpus.ask.asked import SECONDS, Answer, Asked, TooMuchError
from tocsin.corpus.ask.planned import planned
from tocsin.corpus.ask.seen import fields_seen
from tocsin.journal.sealed.archive import Shelf
from tocsin.languages import QueryError
from tocsin.schema.fields import TextMode
from tocsin.server.asker import Asking
from tocsin.server.pages.answers import SAFE, scripted, twin
from tocsin.server.pages.ask_views import ask_text
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.routes import Way
from tocsin.web.ask_answer import answer_json, csv_lines, ndjson
from tocsin.web.ask_question import EXPORTED, Question
from tocsin.web.ask_trouble import troubles_json
from tocsin.web.ask_words import fields_told, words_json

SEEN_FOR = 60_000
"""Milliseconds for which the fields of the stored events are remembered."""


@dataclass(slots=True)
class AskPages:
    """Serves ``/ask`` and what belongs to it.

    ``latest``: about where the stored events end, ms since 1970, 0 if nobody knows. ``shelf``:
    the sealed events, whose fields are completed. ``makes_rules``: whether questions become rules
    here. ``text_mode``: that of the engine's rules.
    """

    shell: Shell
    asker: Asking
    shelf: Shelf
    latest: Callable[[], int] = field(default=lambda: 0)
    makes_rules: bool = True
    text_mode: TextMode = "raw"
    _seen: tuple[int, frozenset[str]] = field(default=(-SEEN_FOR, frozenset()))

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/ask", safe(self.ask), ""),
            Way(READS, "/ask.json", safe(self.ask_json), ""),
            Way(READS, "/ask.ndjson", safe(self.export), ""),
            Way(READS, "/ask.csv", safe(self.export), ""),
            Way(READS, "/ask/words.json", safe(self.words), ""),
            Way(READS, "/ask/check.json", safe(self.check), ""),
        ]

    async def ask(self, request: Request) -> Response:
        """``/ask``: the form, and the answer or what is wrong."""
        self.shell.check(request, "read")
        question = Question.read(request.query_params.multi_items())
        answer: Answer | None = None
        error: Exception | None = None
        if question.text:
            try:
                answer = await self.answer(request, self.asked(question))
            except (QueryError, TooMuchError) as raised:
                error = raised
        else:
            await self.shell.work(self.asker.warm)
        fields = await self.shell.work(lambda: fields_told(self._fields()))
        text = partial(ask_text, question, answer, error, fields, makes_rules=self.makes_rules)
        status = 400 if isinstance(error, QueryError) else 503 if error else 200
        return scripted(self.shell.page(request, text, status))

    async def ask_json(self, request: Request) -> Response:
        """``/ask.json``: the same for programs."""
        found = await self._exactly(request)
        return found if isinstance(found, Response) else twin(answer_json(found[1], found[0]))

    async def export(self, request: Request) -> Response:
        """``/ask.ndjson`` and ``/ask.csv``: what is found, as a file."""
        kind = request.scope["path"].rpartition(".")[2]
        found = await self._exactly(request, EXPORTED)
        if isinstance(found, Response):
            return found
        lines: Iterator[bytes] = csv_lines(found[1]) if kind == "csv" else ndjson(found[1])
        named = {"Content-Disposition": f'attachment; filename="answer.{kind}"'}
        media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
        return StreamingResponse(lines, 200, {**SAFE, **named}, media)

    async def words(self, request: Request) -> Response:
        """``/ask/words.json``: what can be written in a question."""
        self.shell.check(request, "read")
        return twin(await self.shell.work(lambda: words_json(self._fields())))

    async def check(self, request: Request) -> Response:
        """``/ask/check.json``: what is wrong with a question that is being written."""
        self.shell.check(request, "read")
        question = Question.read(request.query_params.multi_items())

        def judged() -> list[dict[str, Any]]:
            try:
                return troubles_json(planned(self.asked(question)).notes)
            except QueryError as error:
                return troubles_json(error.diagnostics)

        found = await self.shell.work(judged) if question.text else []
        return twin({"diagnostics": found})

    def asked(self, question: Question, size: int | None = None) -> Asked:
        """A question for whoever answers it."""
        return question.asked(
            self.latest(), self.shell.clock(), size=size, text_mode=self.text_mode
        )

    async def answer(self, request: Request, asked: Asked) -> Answer:
        """The answer; raises QueryError or TooMuchError."""
        found = await self.asker.ask(
            partial(answered, asked=asked), SECONDS, request.is_disconnected
        )
        if not isinstance(found, Answer):
            raise TypeError("an answer was expected")
        return found

    async def _exactly(
        self, request: Request, size: int | None = None
    ) -> tuple[Question, Answer] | Response:
        """The answer for a program, which is told of errors as data."""
        self.shell.check(request, "read")
        question = Question.read(request.query_params.multi_items())
        if not question.text:
            raise bad_request("ask something: q=…")
        try:
            asked = self.asked(question, size)
            # a file says nothing of what was not looked at
            asked = asked if size is None else replace(asked, whole=True)
            return question, await self.answer(request, asked)
        except QueryError as error:
            return _wrong(error)
        except TooMuchError as error:
            raise RefusedError(503, "timeout_exception", str(error)) from None

    def _fields(self) -> frozenset[str]:
        """The fields that stored events have, looked up now and then."""
        now = self.shell.clock()
        if not 0 <= now - self._seen[0] < SEEN_FOR:
            self._seen = now, fields_seen(self.shelf)
        return self._seen[1]


def _wrong(error: QueryError) -> Response:
    """What is wrong with a question, each thing with its place."""
    document = bad_request(str(error), "parsing_exception").document()
    return twin({**document, "diagnostics": troubles_json(error.diagnostics)}, 400)
