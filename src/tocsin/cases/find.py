"""The case files of a rule: beside its own file, or in the folder ``tests`` there.

For ``rules/curl.toml``: ``rules/curl.test.toml``, ``rules/curl.test.ndjson``,
``rules/tests/curl.toml``, ``rules/tests/curl.ndjson``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tocsin.cases.case import Case
from tocsin.cases.ndjson import ndjson_cases
from tocsin.cases.toml import toml_cases
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.rules.rule import Rule
from tocsin.rules.select import file_stem

MOST_BYTES = 32 << 20
"""The longest case file that is read."""

_READERS = {".toml": toml_cases, ".ndjson": ndjson_cases}


def cases_of(rule: Rule, diagnostics: list[Diagnostic]) -> list[Case]:
    """The cases of a rule, file by file; what is wrong with a file goes to ``diagnostics``."""
    found: list[Case] = []
    for path in case_files(rule):
        told: list[Diagnostic] = []
        content = _content(path, told)
        if content is not None:
            found.extend(_READERS[path.suffix](path, content, told))
        diagnostics.extend(told)
    return found


def case_files(rule: Rule) -> list[Path]:
    """The files that there are; none for a rule of an archive or an export."""
    stem = file_stem(rule)
    folder = Path(rule.origin.file).parent
    if not stem or not Path(rule.origin.file).is_file():
        return []
    wanted = [
        *(folder / f"{stem}.test{suffix}" for suffix in _READERS),
        *(folder / "tests" / f"{stem}{suffix}" for suffix in _READERS),
    ]
    return [path for path in wanted if path.is_file()]


def orphans(rules: Iterable[Rule]) -> Iterator[Diagnostic]:
    """Tell of case files beside rules, or in their folders of tests, without a rule file."""
    files = (Path(rule.origin.file) for rule in rules)
    for folder in dict.fromkeys(file.parent for file in files if file.is_file()):
        beside = (path for suffix in _READERS for path in folder.glob(f"*.test{suffix}"))
        named = [(path, path.stem.removesuffix(".test")) for path in sorted(beside)]
        # NDJSON there may be events that a case names
        named += [(path, path.stem) for path in sorted((folder / "tests").glob("*.toml"))]
        for path, stem in named:
            if path.is_file() and not (folder / f"{stem}.toml").is_file():
                yield _orphan(path, folder / f"{stem}.toml")


def _orphan(path: Path, rule: Path) -> Diagnostic:
    return Diagnostic(
        "CASE003",
        "the cases are of no rule and do not run",
        Severity.WARNING,
        hint=f"name it after its rule's file; there is no {rule}",
        file=str(path),
    )


def _content(path: Path, diagnostics: list[Diagnostic]) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        diagnostics.append(Diagnostic("CASE001", f"{error.strerror or error}", file=str(path)))
        return None
    if len(content) > MOST_BYTES:
        told = f"it is longer than {MOST_BYTES >> 20} MiB"
        diagnostics.append(Diagnostic("CASE001", told, file=str(path)))
        return None
    return content
