"""``tocsin check``: every diagnostic of every rule, and which rules run."""

from __future__ import annotations

from collections import Counter

import click
import orjson

from tocsin.cli.chosen import load_chosen, overlay_of
from tocsin.cli.defaults import with_defaults
from tocsin.cli.output import opened, safe
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.render import as_json, render
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.rules.overlay import apply


@click.command("check", cls=with_defaults("check"))
@click.argument("rules", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("-o", "--output", metavar="FILE", help="Write the report here instead of stdout.")
@click.option("--config", metavar="FILE", help="The tocsin.toml to use.")
def command(rules: tuple[str, ...], form: str, output: str | None, config: str | None) -> int:
    """Judge RULES (files, folders, archives): do they load, compile and run. Exit 1 on an error."""
    overlay = overlay_of(config)
    loaded = load_chosen(rules or overlay.rule_paths)
    ruleset = apply(overlay, loaded.rules)
    compiled = compile_rules(ruleset)
    diagnostics = [*ruleset.diagnostics, *compiled.diagnostics]
    told = _json(compiled, diagnostics) if form == "json" else _text(compiled, diagnostics)
    with opened(output) as out:
        out.write(told)
        out.flush()
    return 1 if any(found.severity is Severity.ERROR for found in diagnostics) else 0


def _json(compiled: Compiled, diagnostics: list[Diagnostic]) -> bytes:
    report = {
        "rules": [
            {
                "rule_id": rule.id,
                "name": rule.name,
                "type": rule.type,
                "file": rule.origin.file,
                "status": status.status,
                "reason": status.reason,
            }
            for rule, status in zip(compiled.rules, compiled.statuses, strict=True)
        ],
        "diagnostics": [as_json(found) for found in diagnostics],
    }
    return orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n"


def _text(compiled: Compiled, diagnostics: list[Diagnostic]) -> bytes:
    lines = [render(found) for found in diagnostics]
    by_status = Counter(status.status for status in compiled.statuses)
    reasons = Counter(
        (status.status, status.reason)
        for status in compiled.statuses
        if status.status not in {"runs", "deprecated"}
    )
    told = " · ".join(f"{count:,} {name}" for name, count in by_status.most_common())
    lines.append(f"{len(compiled.rules):,} rules: {told or 'none'}")
    lines += [f"{count:>7,}  {name}: {safe(why)}" for (name, why), count in reasons.most_common()]
    found = Counter(entry.severity for entry in diagnostics)
    lines.append(", ".join(f"{found[level]:,} {level}s" for level in Severity))
    return ("\n".join(lines) + "\n").encode()
