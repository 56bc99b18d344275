"""Rules made of questions, over HTTP: the form, the trial, and the server's own rules."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from tocsin.corpus.ask.asked import Asked, TooMuchError
from tocsin.corpus.ask.planned import planned
from tocsin.corpus.ask.trial import judged
from tocsin.diagnostics import Diagnostic
from tocsin.languages import QueryError
from tocsin.rules.rule import Rule
from tocsin.rules.written import Draft, draft_of, rule_toml
from tocsin.schema.fields import TextMode
from tocsin.server.asker import Asking
from tocsin.server.own_rules import OwnRuleError, OwnRules, is_id
from tocsin.server.pages.answers import scripted, see_other, twin
from tocsin.server.pages.ask_rule_views import draft_text, own_json, own_text, run_json
from tocsin.server.pages.shell import READS, Shell
from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.routes import Way
from tocsin.server.trials import Run, Trials
from tocsin.web.ask_draft import DraftForm
from tocsin.web.ask_question import LAST, Question

ACTIONS = ("try", "save", "enable")
"""What the form can be sent for: to be tried, saved for later, saved and run."""


@dataclass(slots=True)
class AskRulePages:
    """Serves ``/ask/rule`` and ``/ask/rules``.

    ``loaded``: the rule of an id among those that the engine runs. ``latest``, ``text_mode``: as in
    `AskPages`.
    """

    shell: Shell
    asker: Asking
    own: OwnRules
    loaded: Callable[[str], Rule | None]
    latest: Callable[[], int]
    text_mode: TextMode = "raw"
    trials: Trials = field(init=False)

    def __post_init__(self) -> None:
        self.trials = Trials(self.asker)

    def ways(self) -> list[Way]:
        """The paths."""
        safe = self.shell.safe
        return [
            Way(READS, "/ask/rule", safe(self.draft), ""),
            Way(("POST",), "/ask/rule", safe(self.make), ""),
            Way(READS, "/ask/trials/{id:name}", safe(self.trial), ""),
            Way(("POST",), "/ask/trials/{id:name}", safe(self.stop), ""),
            Way(READS, "/ask/rules", safe(self.rules), ""),
            Way(READS, "/ask/rules.json", safe(self.rules), ""),
            Way(("POST",), "/ask/rules", safe(self.change), ""),
        ]

    async def draft(self, request: Request) -> Response:
        """The form, for a question or for one of the server's own rules."""
        self.shell.check(request, "admin")
        name = request.query_params.get("id")
        await self.shell.work(self.asker.warm)  # who fills the form in is about to try the rule
        if name is None:
            question = Question.read(request.query_params.multi_items())
            return self._form(request, DraftForm.of_question(question))
        own = await self.shell.work(lambda: self.own.one(name))
        if own is None:
            raise RefusedError(404, "resource_not_found_exception", "There is no such rule.")
        draft = None if own.rule is None else draft_of(own.rule)
        if draft is None:
            raise bad_request(f"This rule's file says more than the form can: edit {own.id}.toml.")
        return self._form(request, DraftForm.of_draft(draft))

    async def make(self, request: Request) -> Response:
        """Try a rule, or save it."""
        fields = dict(await self.shell.form(request))
        self.shell.check(request, "admin")
        action, form = fields.get("action", "try"), DraftForm.read(fields)
        if action not in ACTIONS:
            raise bad_request("choose what is to be done")
        day = time.strftime("%Y/%m/%d", time.gmtime(self.shell.clock() / 1000))
        draft = form.draft(str(uuid.uuid4()), self.shell.actor(request), day)
        if draft is None:
            return self._form(request, form, status=400)
        if not await self.shell.work(lambda: self._free(draft.id)):
            raise bad_request("That id belongs to another rule.")
        form.given["rule_id"] = draft.id
        toml = rule_toml(draft)
        asked = Asked(
            draft.language, draft.query, recent=LAST[form.one("last")][1], text_mode=self.text_mode
        )
        wrong = await self.shell.work(lambda: _wrong(asked, toml))
        if wrong:
            return self._form(request, form, toml=toml, wrong=wrong, status=400)
        if action == "try":
            return await self._try(request, form, draft, toml)
        await self._done(lambda: self.own.save(draft.id, toml, enabled=action == "enable"))
        return see_other(f"/ask/rules?saved={draft.id}")

    async def rules(self, request: Request) -> Response:
        """The server's own rules."""
        self.shell.check(request, "read")
        found = await self.shell.work(self.own.all)
        running = await self.shell.work(
            lambda: {own.id for own in found if self.loaded(own.id) is not None}
        )
        if request.scope["path"].endswith(".json"):
            return twin(own_json(found, running))
        saved = request.query_params.get("saved", "")
        return self.shell.page(request, partial(own_text, found, running, saved))

    async def change(self, request: Request) -> Response:
        """Let one of them run, or not, or remove it."""
        fields = dict(await self.shell.form(request))
        self.shell.check(request, "admin")
        name, action = fields.get("id", ""), fields.get("action", "")
        if await self.shell.work(lambda: self.own.one(name)) is None:
            raise RefusedError(404, "resource_not_found_exception", "There is no such rule.")
        match action:
            case "enable" | "disable":
                await self._done(lambda: self.own.enable(name, enabled=action == "enable"))
            case "remove":
                await self._done(lambda: self.own.remove(name))
            case _:
                raise bad_request("choose what is to be done")
        return see_other("/ask/rules")

    def _free(self, name: str) -> bool:
        """Whether a rule of the server's own may have an id."""
        return is_id(name) and (self.own.one(name) is not None or self.loaded(name) is None)

    async def _try(self, request: Request, form: DraftForm, draft: Draft, toml: str) -> Response:
        about = Asked(
            draft.language,
            draft.query,
            recent=LAST[form.one("last")][1],
            latest=self.latest(),
            now=self.shell.clock(),
            text_mode=self.text_mode,
        )
        run = await self.trials.begin(form, toml, about)
        # a page that waits would be a page that does not answer
        return see_other(f"/ask/trials/{run.name}") if run.runs else self._ran(request, run)

    async def trial(self, request: Request) -> Response:
        """How far a trial is, or what became of it; and the same for programs."""
        self.shell.check(request, "admin")
        run = self._run(request)
        if request.scope["path"].endswith(".json"):
            return twin(run_json(run))
        return self._ran(request, run)

    async def stop(self, request: Request) -> Response:
        """Give a trial up."""
        await self.shell.form(request)
        self.shell.check(request, "admin")
        run = self._run(request)
        await self.trials.stop(run)
        return see_other(f"/ask/trials/{run.name}")

    def _run(self, request: Request) -> Run:
        run = self.trials.one(request.path_params["id"].removesuffix(".json"))
        if run is None:
            raise RefusedError(
                404,
                "resource_not_found_exception",
                "There is no such trial, or it is too long ago. Try the rule again.",
            )
        return run

    def _ran(self, request: Request, run: Run) -> Response:
        status = 503 if run.refused and not run.stopped else 200
        return self._form(request, run.form, toml=run.toml, run=run, status=status)

    async def _done(self, work: Callable[[], None]) -> None:
        try:
            await self.shell.work(work)
        except OwnRuleError as error:
            raise bad_request(str(error)) from error

    def _form(
        self,
        request: Request,
        form: DraftForm,
        *,
        toml: str = "",
        wrong: tuple[Diagnostic, ...] = (),
        run: Run | None = None,
        status: int = 200,
    ) -> Response:
        text = partial(draft_text, form, toml, wrong, run)
        return scripted(self.shell.page(request, text, status))


def _wrong(asked: Asked, toml: str) -> tuple[Diagnostic, ...]:
    """Errors of the question, else of the rule; none: it can run."""
    try:
        planned(asked)
    except QueryError as error:
        return tuple(error.diagnostics)
    except TooMuchError as error:
        raise bad_request(str(error)) from error
    _, compiled, found = judged(toml, asked.text_mode)
    return found if compiled is None else ()
