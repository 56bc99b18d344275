"""The engine as a Python function, `tocsin.scan`, and the parts of it that other callers take."""

from __future__ import annotations

import time
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, get_args

from tocsin.alerts.document import Documents
from tocsin.diagnostics import Severity
from tocsin.engine.alert import Alert
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.engine.feedback import Feedback
from tocsin.engine.gathered import Gathered
from tocsin.engine.reference import ReferenceScan
from tocsin.engine.refused import Refused, tell_beside
from tocsin.engine.scan import Options, Routing, Scan
from tocsin.engine.state import StateError, open_state
from tocsin.engine.whole import as_events
from tocsin.inputs.indicators import Given as GivenIndicator
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.source import Events
from tocsin.rules.exceptions import Exceptions, Source, gather
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.value_lists import Given
from tocsin.schema.fields import Schema, TextMode


def documents(compiled: Compiled) -> Documents:
    """The writer of one run's alerts, stamped with the wall clock."""
    return Documents(
        compiled.rules,
        compiled.plans,
        detected_at=time.time_ns() // 1_000_000,
        execution=str(uuid.uuid4()),
    )


def alerts(
    scan: Scan | ReferenceScan,
    compiled: Compiled,
    source: Events,
    feedback: Feedback | None = None,
) -> Iterator[Alert]:
    """Run a scan to its end, then give its alerts by (time, rule id, alert id).

    ``feedback``: what the scan sifts for rules that read alerts.
    """
    writer = documents(compiled)
    try:
        with closing(gathering(scan, compiled)) as gathered:
            for finding in scan.findings():
                gathered.add(finding)
            gathered.settle(keep=scan.options.state is not None)
            if feedback is not None:
                feedback.run(gathered, scan.options, scan.statistics, scan.kinds)
            for finding in gathered.named(writer):
                yield Alert(compiled.rules[finding.rule], finding, writer, source)
            scan.save(gathered.windows())
    finally:
        scan.close()


def gathering(scan: Scan | ReferenceScan, compiled: Compiled) -> Gathered:
    """What gathers the findings of a scan; windows of suppression go on from earlier runs.

    Raises StateError if they cannot.
    """
    return Gathered(
        compiled,
        scan.statistics,
        suppression=scan.options.suppression,
        windows=scan.windows,
    )


def scan(
    events: Events | Iterable[Mapping[str, Any]],
    rules: Iterable[Rule],
    *,
    indicators: Iterable[GivenIndicator] | Events = (),
    exceptions: Iterable[Source | Exceptions] = (),
    lists: Iterable[Given] = (),
    history: Events | Iterable[Mapping[str, Any]] = (),
    state: str | PathLike[str] | None = None,
    suppression: bool = True,
    routing: Routing = "auto",
    text_mode: TextMode = "raw",
    rows: int | None = None,
    jobs: int = 1,
) -> Iterator[Alert]:
    """Run rules over events and give the alerts in order of time, rule id and alert id.

    Parameters
    ----------
    events
        What `tocsin.read` or `tocsin.events` gives, or any iterable of mappings, nested or dotted.
    rules
        A rule set (what its ``select`` takes: deprecated rules only if they were named) or any
        iterable of rules; those that cannot run are passed over (``tocsin check`` tells why).
    indicators
        Threat intelligence for indicator match rules: files (NDJSON, CSV, STIX), or mappings.
    exceptions
        Files of exceptions (Kibana's exports, TOML), or items as mappings. The files that an
        overlay names for rules are read as well. What cannot be used is warned of.
    lists
        Folders of value lists that exceptions refer to, or mappings of ids to values.
    history
        Events of the past, of any kind that ``events`` may be: they tell new terms rules what has
        been seen, and nothing is found in them.
    state
        A folder in which is kept what rules remember, from one scan to the next: open sequences,
        counts, terms that were seen, groups in ES|QL, windows of suppression. It is written when
        all alerts have been taken. An alert of a group that goes on is given again, under the same
        id. Events earlier than what earlier scans have settled are late: they are counted, and only
        rules about single events, and those in ES|QL, look at them.
    suppression
        Whether rules that suppress alerts which are alike do so.
    routing
        ``auto``: a rule sees events whose index its patterns match, and events that no rule's
        patterns match; ``strict``: only the former; ``off``: everything.
    text_mode
        How KQL and Lucene look at texts: ``raw`` as they stand, ``compat`` as Elasticsearch
        indexes them.
    rows, jobs
        The most events in a batch, and how many threads read ahead; results never depend on them.

    Raises
    ------
    TypeError
        A path stands where events or rules are wanted.
    ValueError
        An option has a value that there is not.

    When all alerts have been taken, the log of ``tocsin`` is told of files that were not read, and
    of what is no event in a plain iterable, the history or the indicators; inputs count those
    (``rejected``, ``rejects``).
    """
    source = as_events(events)
    refused = Refused(events, source)
    _check_rules(rules)
    if routing not in (known := get_args(Routing)):
        raise ValueError(f"routing is one of {', '.join(map(repr, known))}, not {routing!r}")
    kept = tuple(rules.select() if isinstance(rules, RuleSet) else map(_rule, rules))
    excepted = gather(kept, _several(exceptions), _several(lists))
    compiled = compile_rules(kept, Schema(text=text_mode), excepted)
    _warn(excepted, compiled)
    options = Options(
        routing=routing,
        rows=rows,
        jobs=jobs,
        history=None if history == () else as_events(history),
        state=None if state is None else open_state(state),
        suppression=suppression,
        indicators=_indicators(indicators),
    )
    try:
        feedback = Feedback(compiled, source)
        run = Scan(compiled, source, options, reject=refused, sift=feedback.sift)
    except StateError:
        if options.state is not None:
            options.state.close()
        raise
    yield from refused.after(alerts(run, compiled, source, feedback))
    tell_beside(run.statistics)


def _check_rules(given: object) -> None:
    if isinstance(given, str | bytes | PathLike):
        raise TypeError(f"rules are loaded first: tocsin.load_rules({given!r})")
    if isinstance(given, Rule):
        raise TypeError("rules are several; of a single one give a list")


def _rule(given: object) -> Rule:
    if not isinstance(given, Rule):
        raise TypeError(f"a rule is what tocsin.load_rules gives, not {given!r}")
    return given


_Given = TypeVar("_Given")


def _several(given: Iterable[_Given]) -> Iterable[_Given]:
    """What may be one thing in place of several: a path, or a mapping."""
    return (given,) if isinstance(given, str | Path | Mapping) else given  # type: ignore[return-value]


def _indicators(given: Iterable[GivenIndicator] | Events) -> Events | None:
    if isinstance(given, Events):
        return given
    found = list(_several(given))
    if not found:
        return None
    return read_indicators(found)


def _warn(exceptions: Exceptions, compiled: Compiled) -> None:
    told = [*exceptions.diagnostics, *exceptions.lists.diagnostics]
    told += [found for found in compiled.diagnostics if found.code.startswith("EXC")]
    for found in told:
        if found.severity is not Severity.INFO:
            warnings.warn(f"{found.code}: {found.message}", stacklevel=3)
