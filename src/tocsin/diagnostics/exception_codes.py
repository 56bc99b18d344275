"""The codes of exceptions and value lists: 001 to 009 for reading, 010 for items, 020 for lists.

Examples are entries of an exception in TOML that give the code; fixes are such that do not.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

_READING = (
    Code(
        "EXC001",
        "A file of exceptions that cannot be read",
        "There is no such file, it may not be read, or it is too long. The other files are used.",
    ),
    Code(
        "EXC002",
        "A file without an exception",
        "A file of exceptions holds none: neither items as Kibana exports them, a JSON object in "
        "each line, nor `[[exceptions]]` in TOML.",
    ),
    Code(
        "EXC003",
        "A key that nobody reads",
        "The key is none that exceptions have, and may be misspelt. The exception is used without "
        "it.",
        'entries = [{ field = "user.name", type = "match", vaule = "x", value = "x" }]',
        'entries = [{ field = "user.name", type = "match", value = "x" }]',
    ),
)

_ITEMS = (
    Code(
        "EXC010",
        "An exception that cannot be used",
        "An exception needs `entries`, and each entry a `field`, a `type` (`match`, `match_any`, "
        "`wildcard`, `exists`, `list`, `nested`) and what that type compares with. The exception "
        "is left out as a whole: with an entry less it would except more than was meant.",
        'entries = [{ field = "user.name", type = "equals", value = "x" }]',
        'entries = [{ field = "user.name", type = "match", value = "x" }]',
    ),
    Code(
        "EXC011",
        "A value that the field cannot hold",
        "The field holds addresses, numbers, times or booleans, and the value is none. The "
        "exception is left out.",
        'entries = [{ field = "source.ip", type = "match", value = "localhost" }]',
        'entries = [{ field = "source.ip", type = "match", value = "127.0.0.1" }]',
    ),
    Code(
        "EXC012",
        "An exception for no rule",
        "No loaded rule refers to the exception's list (`exceptions_list`), and the exception "
        "names no rule that is loaded (`rules`, `tags`). It has no effect.",
    ),
    Code(
        "EXC013",
        "A list of exceptions that is not there",
        "A rule refers to a list (`exceptions_list`) of which no file that was given has an item.",
    ),
    Code(
        "EXC014",
        "A star or question mark after one backslash",
        "In a pattern a backslash before `*`, `?` or a backslash makes it a plain character, as in "
        "Elasticsearch. In a path a backslash followed by any characters is written `\\\\*`.",
        r"""entries = [{ field = "file.path", type = "wildcard", value = 'C:\Temp\*' }]""",
        r"""entries = [{ field = "file.path", type = "wildcard", value = 'C:\Temp\\*' }]""",
    ),
    Code(
        "EXC015",
        "A stage that the rule does not have",
        "`stage` names a stage of a sequence or sample by its number, from 0, as alerts do. The "
        "rule has fewer; the exception has no effect on it.",
    ),
)

_LISTS = (
    Code(
        "EXC020",
        "A value list that is not there",
        "An exception asks for a value list of which `--lists` has no file. The exception is left "
        "out.",
        'entries = [{ field = "source.ip", type = "list", list = { id = "none", type = "ip" } }]',
        'entries = [{ field = "source.ip", type = "match", value = "127.0.0.1" }]',
    ),
    Code(
        "EXC021",
        "A line of a value list that cannot be read",
        "The line holds no value of the list's type. The other lines are used.",
    ),
    Code(
        "EXC022",
        "A type of value list that is not known",
        "Value lists hold text (`keyword`, `text`), addresses (`ip`, `ip_range`), numbers, times "
        "(`date`) or booleans.",
    ),
    Code(
        "EXC023",
        "Value lists that nothing asks for",
        "Value lists were given, and no exception of a rule that is loaded has an entry of the "
        "type `list`. They have no effect.",
    ),
)

EXCEPTION_CODES: tuple[Code, ...] = (*_READING, *_ITEMS, *_LISTS)
