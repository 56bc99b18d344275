"""What all of Elastic's rules say of real events, and which of them do not fully run.

python tests/golden/reports.py      # writes both files anew, from a checkout with ../shared
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import tocsin
from tocsin.engine.api import alerts
from tocsin.engine.compiled import compile_rules
from tocsin.engine.feedback import Feedback
from tocsin.engine.scan import Options, Scan

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
SUPPORT, CORPUS = HERE / "support.json", HERE / "corpus.json"


def compiled_rules():
    """Elastic's rules that run without being asked for."""
    return compile_rules(tuple(tocsin.load_rules(SHARED / "elastic-rules.tar.gz").select()))


def production():
    """All of Elastic's rules in production, those for practice too."""
    rules = tocsin.load_rules(SHARED / "elastic-rules.tar.gz")
    return compile_rules(tuple(rule for rule in rules if rule.maturity == "production"))


def support(compiled):
    """How many rules have each status; each that does not fully run, with the reason."""
    pairs = list(zip(compiled.rules, compiled.statuses, strict=True))
    partly = [
        {"rule_id": rule.id, "name": rule.name, "type": rule.type, **_told(status)}
        for rule, status in pairs
        if status.status != "runs"
    ]
    return {
        "rules": dict(sorted(Counter(status.status for _, status in pairs).items())),
        "not_fully_supported": sorted(partly, key=lambda row: (row["status"], row["rule_id"])),
    }


def _told(status):
    return {"status": status.status, "reason": status.reason}


def sources():
    """The inputs: each file of events on its own, Kubernetes audit events as one."""
    corpus = SHARED / "corpus"
    for path in sorted((corpus / "events").rglob("*.ndjson.gz")):
        yield path.relative_to(corpus).as_posix(), [path]
    yield "kubernetes-audit", [corpus / "kubernetes-audit"]
    for path in sorted((corpus / "audit").rglob("*.log")):
        yield path.relative_to(corpus).as_posix(), [path]


def corpus(compiled):
    """By source: events read and rejected, and how many alerts each rule gives."""
    found, whys = {}, {}
    for name, paths in sources():
        source = tocsin.read(*paths)
        feedback = Feedback(compiled, source)
        run = Scan(compiled, source, Options(), sift=feedback.sift)
        counted = Counter()
        for alert in alerts(run, compiled, source, feedback):
            counted[alert.rule.id] += 1
            whys.setdefault((name, alert.rule.id), json.loads(alert.line).get("tocsin.why", []))
        names = {rule.id: rule.name for rule in compiled.rules}
        found[name] = {
            "events": run.statistics.events,
            "rejected": run.statistics.rejected,
            "alerts": {f"{names[key]} ({key})": counted[key] for key in sorted(counted)},
        }
    return found, whys


def difference(old, new, whys):
    """One line for each count that changed; for what is new, why it is found."""
    lines = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, {}), new.get(name, {})
        lines += [
            f"{name}: {count} {before.get(count)} → {after.get(count)}"
            for count in ("events", "rejected")
            if before.get(count) != after.get(count)
        ]
        was, now = before.get("alerts", {}), after.get("alerts", {})
        for rule in sorted({*was, *now}):
            if was.get(rule) == now.get(rule):
                continue
            lines.append(f"{name}: {rule}: {was.get(rule, 0)} → {now.get(rule, 0)}")
            why = whys.get((name, rule.rpartition("(")[2][:-1]), ())
            lines += [f"    {each['clause']}  {each['field']} = {each['value']!r}" for each in why]
    return "\n".join(lines)


def stored(path):
    """A report as it was written."""
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path, report):
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


def main():
    """Write both reports anew and tell what changed."""
    compiled = compiled_rules()
    _write(SUPPORT, support(production()))
    report, whys = corpus(compiled)
    old = stored(CORPUS) if CORPUS.exists() else {}
    sys.stdout.write(difference(old, report, whys) + "\n")
    _write(CORPUS, report)


if __name__ == "__main__":
    main()
