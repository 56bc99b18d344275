"""An alert as a document in Kibana's shape, with what the engine knows beyond it under ``tocsin``.

The rule's part is written once for each rule and joined to the others as bytes: it is most of an
alert and the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from typing import Any

import orjson

from tocsin.alerts.columns import COLUMNS, document_fields
from tocsin.alerts.common import common
from tocsin.alerts.enrichments import adds_to_own, with_own
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.group import Frame, Groups, Part
from tocsin.alerts.identity import named
from tocsin.alerts.iso import iso
from tocsin.alerts.lineage import FAMILY, lineage, stands_on_alert
from tocsin.alerts.overrides import Rating, has_overrides, override_fields, rating
from tocsin.alerts.paths import Fields, Values, read_from, spellings
from tocsin.alerts.reader import FEW, Reader
from tocsin.alerts.reason import reason
from tocsin.alerts.reasons import WHY, Reasons
from tocsin.alerts.rule_part import RuleParts, block, same, sentence_end
from tocsin.alerts.stream_name import STREAM, stream_name
from tocsin.alerts.takeover import original, source
from tocsin.alerts.template import Template, Templates
from tocsin.alerts.threshold import group_fields, sample
from tocsin.match.indices import reads_alerts
from tocsin.plan.plan import (
    EventPlan,
    NewTermsPlan,
    Plan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThreatPlan,
    ThresholdPlan,
)
from tocsin.plan.predicate import EVENT
from tocsin.plan.rule_plan import indices_of
from tocsin.rules.rule import Rule

_OPTIONS = orjson.OPT_NON_STR_KEYS
_SINGLE = (EventPlan, NewTermsPlan, ThreatPlan)
_OF_SEVERAL = (SequencePlan, SamplePlan)
_OF_EVENTS = (*_SINGLE, *_OF_SEVERAL)


class Documents:
    """Writes the alerts of one run.

    Parameters
    ----------
    rules, plans
        By rule number, as findings name them.
    detected_at
        The wall clock of the run, in milliseconds: it stands in ``tocsin.detected_at`` and
        ``kibana.alert.rule.execution.timestamp`` only.
    execution
        A name of this run, for ``kibana.alert.rule.execution.uuid``.
    prose
        Whether documents have what a rule's author wrote for people, which is most of them.
    few
        Events of fewer findings are read by Python, as long as there were no more (`Reader`).
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        plans: Sequence[Plan | None],
        *,
        detected_at: int,
        execution: str,
        prose: bool = True,
        few: int = FEW,
    ) -> None:
        self._rules = rules
        self._ids = [rule.id for rule in rules]
        self._plans = plans
        run = {
            "kibana.alert.rule.execution.uuid": execution,
            "kibana.alert.rule.execution.timestamp": iso(detected_at),
            "tocsin.detected_at": iso(detected_at),
        }
        self._rule_parts = RuleParts(rules, plans, run, prose=prose)
        self._reasons = Reasons()
        self._fields: dict[tuple[int, int], tuple[str, ...]] = {}
        self._readers: dict[int, bool] = {}
        self._joins = {number for number, plan in enumerate(plans) if isinstance(plan, _OF_SEVERAL)}
        self._reader = Reader(self._taken_over, Templates(self._template), self._joins, few=few)
        self._groups = Groups(self._frame, self._part)

    def named(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Give findings their names, as `tocsin.alerts.identity.named` does.

        Their events are read together on the way, so that the documents are quickly built.
        """
        return named(findings, self._ids.__getitem__, self._reader.read)

    def adopted(self, finding: Finding) -> Finding:
        """A finding that others of the same rules named, as if these had."""
        if finding.excerpt is None or finding.rule in self._joins:
            return finding
        head, template = finding.excerpt
        rule = self._rule_parts.of(finding.rule, template.rating.name)[1:]
        return finding._replace(excerpt=(head, template._replace(rule=rule)))

    def build(self, finding: Finding) -> dict[str, Any]:
        """The alert's document."""
        document: dict[str, Any] = orjson.loads(self.line(finding))
        return document

    def line(self, finding: Finding) -> bytes:
        """The alert's document as one line of JSON, without the line's end."""
        number, _, _, _, _, extra, excerpt = finding
        if excerpt is None or (extra and adds_to_own(finding)):
            return self.plain_line(finding)
        if number in self._joins:
            return self._groups.line(finding, excerpt) or self.plain_line(finding)
        head, template = excerpt
        return b"".join((head, template[0], template[1]))

    def plain_line(self, finding: Finding) -> bytes:
        """The line as it is built from parsed events: what `line` gives, in some other spelling."""
        rule = self._rules[finding.rule]
        plan = self._plans[finding.rule]
        if isinstance(plan, ThresholdPlan):
            return self._counted(finding, rule, plan)
        if isinstance(plan, TablePlan):
            return self._tabled(finding, rule, plan)
        present = finding.present
        events = [_parse(event.content) for event in present]
        fields = [Fields(event, came.content) for event, came in zip(events, present, strict=True)]
        single = isinstance(plan, _SINGLE)
        shared = events[0] if single else reduce(common, events)
        rated = rating(rule, fields[0] if single and has_overrides(rule) else None)
        named = [_with_index(*pair) for pair in zip(present, fields, strict=True)]
        told = self._told(finding, rule, rated, named)
        if stands_on_alert(named, events):
            told.update(lineage(named, events))
        shown = fields[0] if single else Fields(shared)
        told["kibana.alert.reason"] = reason(shown, rated)
        told.update(original(shared))
        told[WHY] = self._why(plan, finding, fields)
        if not single:
            told["kibana.alert.group.id"] = finding.alert_id
            told["tocsin.join_keys"] = list(finding.keys)
            told["tocsin.building_blocks"] = self._blocks(
                finding.alert_id, rule, rated, named, events
            )
        return self._written(finding, told, rated, shared)

    def _counted(self, finding: Finding, rule: Rule, plan: ThresholdPlan) -> bytes:
        """The document of a threshold: of the events only the fields of their group."""
        shared = group_fields(plan, finding)
        present = finding.present
        rated = rating(rule, Fields(shared))
        told = self._told(finding, rule, rated, present)
        told.update(self._lineage(finding.rule, present))
        told["kibana.alert.reason"] = reason(Fields(shared), rated)
        last = Fields(_parse(present[-1].content))
        told[WHY] = self._reasons.stage(finding.rule, plan, 0, last)
        told["tocsin.sample"] = sample(present)
        return self._written(finding, told, rated, shared)

    def _tabled(self, finding: Finding, rule: Rule, plan: TablePlan) -> bytes:
        """The document of a row of ES|QL: its columns, and of a row that is an event the event."""
        aggregated = plan.pipeline.aggregates
        shared = document_fields(finding, aggregated=aggregated)
        present = finding.present
        fields = Fields(shared)
        rated = rating(rule, fields)
        content = present[-1].content
        event = _parse(content)
        last = Fields(event, content)
        named = present if aggregated else [_with_index(present[0], last)]
        told = self._told(finding, rule, rated, named)
        told.update(self._lineage(finding.rule, named))
        told["kibana.alert.reason"] = reason(fields, rated)
        told[WHY] = self._reasons.stage(finding.rule, plan, 0, last)
        if aggregated:
            told["tocsin.sample"] = sample(present)
        else:
            told.update(original(event))
        extra = {name: value for name, value in finding.extra.items() if name != COLUMNS}
        return self._written(finding._replace(extra=extra), told, rated, shared)

    def _written(
        self, finding: Finding, told: dict[str, Any], rated: Rating, shared: dict[str, Any]
    ) -> bytes:
        shared, extra = with_own(shared, finding.extra)
        told.update(extra)
        rule_part = self._rule_parts.of(finding.rule, rated.name)
        parts = (
            orjson.dumps(told, option=_OPTIONS),
            rule_part,
            orjson.dumps(source(shared), option=_OPTIONS),
        )
        return b"{" + b",".join(part[1:-1] for part in parts if len(part) > 2) + b"}"

    def rating(self, finding: Finding) -> Rating:
        """Name, severity and risk score of an alert, without building its document."""
        if finding.excerpt is not None and finding.rule not in self._joins:
            template: Template = finding.excerpt[1]
            return template.rating
        rule = self._rules[finding.rule]
        plan = self._plans[finding.rule]
        if has_overrides(rule) and isinstance(plan, ThresholdPlan):
            return rating(rule, Fields(group_fields(plan, finding)))
        if has_overrides(rule) and isinstance(plan, TablePlan):
            aggregated = plan.pipeline.aggregates
            return rating(rule, Fields(document_fields(finding, aggregated=aggregated)))
        if not has_overrides(rule) or not isinstance(plan, _SINGLE):
            return rating(rule)
        return rating(rule, Fields(_parse(finding.present[0].content)))

    def _taken_over(self, number: int, stage: int) -> tuple[str, ...] | None:
        """The fields that decide about alerts of a rule, beside those that they take over.

        Of one stage; None if that may be any field, or the alerts do not take over whole events.
        """
        names = self._fields.get((number, stage))
        if names is None:
            plan = self._plans[number]
            if not isinstance(plan, _OF_EVENTS) or self._reads_alerts(number):
                return None
            looked_at = self._reasons.names(number, plan, stage)
            if EVENT.name in looked_at:
                return None
            overrides = override_fields(self._rules[number]) if isinstance(plan, _SINGLE) else ()
            names = self._fields[number, stage] = tuple(
                spelling
                for name in dict.fromkeys((*looked_at, *overrides, *STREAM))
                for spelling in spellings(name)
            )
        return names

    def _lineage(self, number: int, present: Sequence[SourceEvent]) -> dict[str, Any]:
        """What an alert of many events stands on, if they are alerts; some are only named."""
        if not self._reads_alerts(number):
            return {}
        contents = [_parse(event.content) if event.content else {} for event in present]
        return lineage(present, contents) if stands_on_alert(present, contents) else {}

    def _reads_alerts(self, number: int) -> bool:
        if number not in self._readers:
            given = indices_of(self._rules[number], self._plans[number])
            self._readers[number] = reads_alerts(given)
        return self._readers[number]

    def _template(self, number: int, values: bytes) -> Template:
        """All of an alert that is the same for events with the same values of these fields."""
        rule = self._rules[number]
        plan, read = self._read(number, 0, values)
        rated = rating(rule, read)
        why = {WHY: self._reasons.told(number, plan, 0, read)}
        members = sentence_end(rated, same(rule, rated)) + b","
        return Template(
            members + orjson.dumps(why, option=_OPTIONS)[1:-1] + b",",
            self._rule_parts.of(number, rated.name)[1:],
            members,
            _stream(read),
            rated,
        )

    def _frame(self, number: int) -> Frame:
        """What all alerts of a sequence or sample have in common."""
        rule = self._rules[number]
        rated = rating(rule)
        return Frame(
            sentence_end(rated, block(rule, rated)) + b"},",
            sentence_end(rated, same(rule, rated)) + b",",
            self._rule_parts.of(number, rated.name)[1:],
        )

    def _part(self, number: int, stage: int, values: bytes) -> Part:
        """What is told of all events of a stage that have the same values of these fields."""
        plan, read = self._read(number, stage, values)
        why = self._reasons.told(number, plan, stage, read)
        return Part(_stream(read), orjson.dumps(why, option=_OPTIONS)[1:-1])

    def _read(self, number: int, stage: int, values: bytes) -> tuple[Plan, Values]:
        plan, names = self._plans[number], self._taken_over(number, stage)
        if plan is None or names is None:
            raise ValueError("only alerts that take over whole events are made from excerpts")
        return plan, read_from(names, orjson.loads(values))

    def _told(
        self,
        finding: Finding,
        rule: Rule,
        rated: Rating,
        named: Sequence[SourceEvent],
    ) -> dict[str, Any]:
        last = max(event.time for event in named)
        told: dict[str, Any] = {
            "@timestamp": iso(finding.time),
            "kibana.alert.uuid": finding.alert_id,
            "kibana.alert.original_time": iso(last),
            "kibana.alert.ancestors": [_ancestor(event) for event in named],
            "tocsin.events": [_reference(event) for event in named],
        }
        return told | same(rule, rated)

    def _why(
        self, plan: Plan | None, finding: Finding, fields: Sequence[Fields]
    ) -> list[dict[str, Any]]:
        if plan is None:
            return []
        happened = [stage for stage, event in enumerate(finding.events) if event is not None]
        return [
            told
            for stage, found in zip(happened, fields, strict=True)
            for told in self._reasons.stage(finding.rule, plan, stage, found)
        ]

    def _blocks(
        self,
        group: str,
        rule: Rule,
        rated: Rating,
        named: Sequence[SourceEvent],
        contents: Sequence[dict[str, Any]],
    ) -> list[dict[str, Any]]:
        """One document for each event that took part, as Kibana's building blocks are."""
        return [
            {
                "@timestamp": iso(event.time),
                "kibana.alert.uuid": f"{group}-{position}",
                "kibana.alert.building_block_type": "default",
                "kibana.alert.group.id": group,
                "kibana.alert.group.index": position,
                "kibana.alert.reason": reason(Fields(content), rated),
                "kibana.alert.original_time": iso(event.time),
                "kibana.alert.ancestors": [_ancestor(event)],
                **block(rule, rated),
                **original(content),
                **source(content),
            }
            for position, (event, content) in enumerate(zip(named, contents, strict=True))
        ]


def _stream(values: Values) -> bytes:
    """The name of an event's data stream, JSON; empty if that is one of alerts."""
    name = stream_name(values)
    return b"" if name.startswith(FAMILY) else _as_json(name)


@lru_cache(maxsize=256)
def _as_json(name: str) -> bytes:
    """A name in JSON, one object for all that keep it: what orjson gives takes 4 KiB at least."""
    return orjson.dumps(name)


def _parse(content: bytes) -> dict[str, Any]:
    event: dict[str, Any] = orjson.loads(content)
    return event


def _with_index(event: SourceEvent, fields: Fields) -> SourceEvent:
    """The event with the name of its data stream where its input gave no index."""
    return event if event.index_name else event._replace(index_name=stream_name(fields))


def _ancestor(event: SourceEvent) -> dict[str, Any]:
    return {"id": event.id, "type": "event", "index": event.index_name, "depth": 0}


def _reference(event: SourceEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "index": event.index_name,
        "timestamp": iso(event.time),
        "stage": event.stage,
    }
