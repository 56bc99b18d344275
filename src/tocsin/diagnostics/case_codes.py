"""The codes of test cases: files that cannot be read, what stands in them, files of no rule."""

from __future__ import annotations

from tocsin.diagnostics.code import Code

CASE_CODES = (
    Code(
        "CASE001",
        "A case file that cannot be read",
        "The file of cases, or the file of events that a case names, cannot be opened, is too "
        "long, or holds a line that is no JSON. Counts as a case that failed.",
    ),
    Code(
        "CASE002",
        "A case that is none",
        "A case has a `name`, says whether it `fires` (true, false, or how many alerts), and holds "
        "`events`: a list of them, or the name of an NDJSON file in the same folder. "
        "`without` lists fields of the common `[event]` that its events do not have.",
        '[[case]]\nname = "curl"\nevents = []',
        '[[case]]\nname = "curl"\nfires = false\nevents = []',
    ),
    Code(
        "CASE003",
        "Cases of no rule",
        "A file is called as one with the cases of a rule, and there is no rule file of that name "
        "beside it. Its cases do not run.",
    ),
)
