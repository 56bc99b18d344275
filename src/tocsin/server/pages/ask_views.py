"""What is put into the template of questions."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from tocsin.corpus.ask.asked import SECONDS, Answer
from tocsin.corpus.ask.planned import LANGUAGES
from tocsin.languages import QueryError
from tocsin.server.pages.view import View
from tocsin.web.address import query_string
from tocsin.web.ask_answer import told
from tocsin.web.ask_question import LAST, SIZES, Question
from tocsin.web.ask_trouble import troubles
from tocsin.web.ask_words import functions_of
from tocsin.web.environment import render

EXAMPLES = (
    ("eql", 'process where process.name == "curl" and process.args : "http*"'),
    (
        "eql",
        """sequence by host.id with maxspan=5m
  [process where process.name == "curl"]
  [process where process.name in ("sh", "bash")]""",
    ),
    ("kuery", "process.name: (curl or wget) and not user.name: root"),
    ("lucene", "process.name:curl AND process.args:http*"),
    (
        "esql",
        """from logs-*
| stats count = count(*) by process.name
| sort count desc
| limit 20""",
    ),
)
"""Questions to begin with."""

_FEWEST, _MOST = 4, 16


def ask_text(
    question: Question,
    answer: Answer | None,
    error: Exception | None,
    fields: Sequence[tuple[str, str]],
    view: View,
    *,
    makes_rules: bool = True,
) -> str:
    """The page of a question, with its answer or what is wrong with it."""
    wrong = error.diagnostics if isinstance(error, QueryError) else ()
    return render(
        "ask.html",
        **view.context,
        question=question,
        makes_rules=makes_rules,
        text=_exactly(question.text),
        since=_exactly(question.one("since")),
        until=_exactly(question.one("until")),
        index=_exactly(question.one("index")),
        lines=min(max(question.text.count("\n") + 2, _FEWEST), _MOST),
        languages=LANGUAGES,
        spans=LAST,
        sizes=SIZES if question.size in SIZES else sorted({*SIZES, question.size}),
        wrong=troubles(wrong),
        refused="" if wrong or error is None else str(error),
        told=None if answer is None else told(answer, question),
        notes=troubles(answer.notes) if answer is not None else [],
        looked=answer is not None and answer.looked.events > 0,
        seconds=f"{SECONDS:.0f}",
        rule_query=question.changed(last="", since="", until="", size="", whole=""),
        examples=EXAMPLES,
        address=_address,
        functions=[(sign, does) for _, sign, does in functions_of(question.language)],
        fields=fields,
    )


def _address(language: str, text: str) -> str:
    return query_string([("language", language), ("q", text)])


def _exactly(text: str) -> Markup:
    """A text as it is: in a field, characters made visible would be others."""
    return escape(text)
