"""Why a line is not an event: what the scanner found, and how a person is told."""

from __future__ import annotations

(
    FINE,
    EMPTY,
    NOT_AN_OBJECT,
    KEY_EXPECTED,
    COLON_EXPECTED,
    VALUE_EXPECTED,
    COMMA_OR_BRACE,
    COMMA_OR_BRACKET,
    BAD_NUMBER,
    OPEN_STRING,
    CONTROL,
    BAD_ESCAPE,
    LONE_SURROGATE,
    BAD_UTF8,
    TOO_DEEP,
    CUT_OFF,
    MORE,
) = range(17)

DEEPEST = 200
"""How deep objects and arrays may nest, the event itself counted.

What is read is written again, within an alert: `orjson.dumps` goes no deeper than 254 levels.
"""

WORDS = {
    EMPTY: "the line is empty",
    NOT_AN_OBJECT: "an event is a JSON object, this is something else",
    KEY_EXPECTED: "a key in quotes is expected",
    COLON_EXPECTED: "a colon is expected after a key",
    VALUE_EXPECTED: "a JSON value is expected",
    COMMA_OR_BRACE: "a comma or } is expected after a value",
    COMMA_OR_BRACKET: "a comma or ] is expected after a value",
    BAD_NUMBER: "this is not a number that JSON and a double can hold",
    OPEN_STRING: "a string is not closed",
    CONTROL: "a control character stands inside a string",
    BAD_ESCAPE: "a string holds a backslash that escapes nothing",
    LONE_SURROGATE: "a string holds one half of a surrogate pair",
    BAD_UTF8: "a string is not valid UTF-8",
    TOO_DEEP: f"objects and arrays nest deeper than {DEEPEST} levels",
    CUT_OFF: "the object is not closed",
    MORE: "more text follows the object",
}


UNTIMED = "neither @timestamp nor event.ingested holds a time of the years 1 to 9999"
"""What else keeps a line from being an event."""


def reason(problem: int, place: int) -> str:
    """A problem in a person's words; ``place`` counts the line's bytes from 0."""
    return f"{WORDS[problem]} (byte {place + 1})"
