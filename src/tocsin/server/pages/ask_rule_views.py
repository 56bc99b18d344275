"""What is put into the templates of the server's own rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from markupsafe import Markup, escape

from tocsin.corpus.ask.planned import LANGUAGES
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.rules.keys import SEVERITIES
from tocsin.rules.written import draft_of
from tocsin.schema.attack import tactics
from tocsin.server.own_rules import OwnRule
from tocsin.server.pages.view import View
from tocsin.server.trials import Run
from tocsin.web.ask_draft import DraftForm
from tocsin.web.ask_question import LAST, ask_address
from tocsin.web.ask_trial import trial_shown
from tocsin.web.ask_trouble import troubles
from tocsin.web.environment import render


def draft_text(
    form: DraftForm,
    toml: str,
    wrong: Sequence[Diagnostic],
    run: Run | None,
    view: View,
) -> str:
    """The form of a rule, with what is wrong, or how its trial goes or went."""
    tried = None if run is None else run.tried
    given = {name: _exactly(text) for name, text in form.given.items()}
    return render(
        "ask_rule.html",
        **view.context,
        given=given,
        chosen=form,
        faults=form.wrong,
        lines=min(max(form.one("q").count("\n") + 2, 4), 16),
        toml=toml,
        wrong=troubles(wrong),
        refused="" if run is None else run.refused,
        running=run_told(run) if run is not None and run.runs else "",
        trial="" if run is None else f"/ask/trials/{run.name}",
        tried=None if tried is None else trial_shown(tried),
        findings=troubles(tried.diagnostics) if tried is not None else [],
        languages=LANGUAGES,
        severities=SEVERITIES,
        spans=LAST,
        tactics=list(tactics().values()),
        back=ask_address(
            form.one("language"), form.one("q"), index=filter(None, [form.one("index")])
        ),
    )


def run_told(run: Run) -> str:
    """How far a trial is, in a sentence."""
    progress = run.progress
    if not progress.total:
        return f"After {run.seconds:.0f} s: it begins."
    alerts = f"{progress.alerts:,} alert{'' if progress.alerts == 1 else 's'}"
    events = f"{progress.events:,} of about {progress.total:,} stored events"
    if progress.again:
        events = (
            f"all {progress.events:,} stored events were looked at; of at most {progress.kept:,}"
            f" that may belong together {progress.again:,} are joined"
        )
    return f"After {run.seconds:.0f} s: {events}, {alerts} so far."


def run_json(run: Run) -> dict[str, Any]:
    """A trial for programs; ``summary`` and ``alerts`` once it has ended well."""
    tried = run.tried
    return {
        "runs": run.runs,
        "told": run_told(run) if run.runs else "",
        "seconds": round(run.seconds, 3),
        "events": run.progress.events if tried is None else tried.looked.events,
        "of": run.progress.total or None,
        "joined": run.progress.again or None,
        "to_join": run.progress.kept or None,
        "refused": run.refused or (tried.trouble if tried is not None else ""),
        "alerts": run.progress.alerts if tried is None else tried.alerts,
        "summary": None if tried is None else trial_shown(tried).summary,
    }


def own_text(found: Sequence[OwnRule], running: Collection[str], saved: str, view: View) -> str:
    """The list of the server's own rules."""
    rows = [
        (
            own,
            own.rule.name if own.rule else own.id,
            _state(own, running),
            "" if own.rule is None else ask_address(own.rule.language, own.rule.query),
            own.rule is not None and draft_of(own.rule) is not None,
        )
        for own in found
    ]
    just = next((name for own, name, *_ in rows if own.id == saved), "")
    return render("ask_rules.html", **view.context, rows=rows, just=just)


def _state(own: OwnRule, running: Collection[str]) -> str:
    if own.rule is None:
        return "cannot be read"
    if not own.enabled:
        return "disabled"
    return "runs" if own.id in running else "enabled; not loaded yet, or left out by --include"


def own_json(found: Sequence[OwnRule], running: Collection[str]) -> dict[str, Any]:
    """The list for programs."""
    return {
        "rules": [
            {
                "id": own.id,
                "name": own.rule.name if own.rule else None,
                "enabled": own.enabled,
                "runs": own.enabled and own.id in running,
                "severity": own.rule.severity if own.rule else None,
                "language": own.rule.language if own.rule else None,
                "query": own.rule.query if own.rule else None,
                "errors": [
                    one.message for one in own.diagnostics if one.severity is Severity.ERROR
                ],
                "toml": own.text,
            }
            for own in found
        ]
    }


def _exactly(text: str) -> Markup:
    return escape(text)
