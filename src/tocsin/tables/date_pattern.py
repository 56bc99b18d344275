"""Patterns of dates as Java's `DateTimeFormatter` writes them, in UTC and in English.

pattern = { letters | "'" text "'" | "''" | "[" pattern "]" | any other character }

| letters | |
|---|---|
| `u` `y` | year; `yy` the last two digits, from 2000 on |
| `M` `L` | month: `M` `MM` a number, `MMM` `MMMM` its name |
| `d` `D` | day of the month, of the year |
| `E` | day of the week: `E` to `EEE` short, `EEEE` its name |
| `H` `k` `K` `h` `a` | hour from 0, from 1, of the half day from 0, from 1; AM or PM |
| `m` `s` `S` | minute, second, digits of a second's fraction |
| `X` `x` `Z` `z` `VV` | offset or zone, of which only UTC and its like have a name |

What is in brackets may be missing from a text. Any other letter is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tocsin.tables.regex.tree import PatternError

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HALVES = ("AM", "PM")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - all is in UTC
_LONGEST = 1000
"""Characters of a pattern."""
_DEEPEST = 20
"""Brackets in brackets."""
_MOST = {**dict.fromkeys("dHkKhms", 2), "D": 3, "S": 9, "E": 4, "M": 4, "L": 4, "a": 1}
_MOST |= {"u": 9, "y": 9, "X": 5, "x": 5, "Z": 5, "z": 3, "V": 2}
_RANGES = {"M": (1, 12), "d": (1, 31), "D": (1, 366), "H": (0, 23), "k": (1, 24), "K": (0, 11)}
_RANGES |= {"h": (1, 12), "m": (0, 59), "s": (0, 59)}
_OFFSET = re.compile(r"([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?", re.ASCII)
_ZONE = re.compile(r"UTC|GMT|UT|Z", re.ASCII)
_LARGEST_OFFSET = 18 * 3600


@dataclass(frozen=True, slots=True)
class _Field:
    """So many times a letter. ``behind``: digits of the fields directly behind it."""

    letter: str
    count: int
    behind: int = 0

    @property
    def fixed(self) -> int:
        """How many digits it has, if that is certain; else 0."""
        if self.letter in "uy":
            return 2 if self.count == 2 else 0
        if self.letter in "ML":
            return 2 if self.count == 2 else 0
        if self.letter == "S":
            return self.count
        return self.count if self.letter in "dHkKhms" and self.count == 2 else 0

    @property
    def numeric(self) -> bool:
        """Whether it is written in digits."""
        return self.letter in "uydDHkKhmsS" or (self.letter in "ML" and self.count < 3)


@dataclass(frozen=True, slots=True)
class _Optional:
    """What may be missing."""

    parts: tuple[_Part, ...]


_Part = _Field | _Optional | str
_Found = dict[str, int]


class DatePattern:
    """A pattern; raises PatternError if it is none, or asks for what is not supported."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _LONGEST:
            raise PatternError("the pattern of a date is too long")
        parts, at = _parts(pattern, 0, 0)
        if at < len(pattern):
            raise PatternError(f"the pattern `{pattern}` of a date closes what it never opened")
        self._parts = parts

    def written(self, milliseconds: int | None) -> str | None:
        """A date as text; None beyond the years 1 to 9999."""
        if milliseconds is None:
            return None
        try:
            moment = _EPOCH + dt.timedelta(milliseconds=milliseconds)
        except OverflowError:
            return None
        return "".join(_written(self._parts, moment))

    def read(self, text: str | None) -> int | None:
        """The milliseconds of a date that a text writes; None if it does not."""
        if text is None:
            return None
        found: _Found = {}
        end = _read(self._parts, text, 0, found)
        return _resolved(found) if end == len(text) else None


@lru_cache(256)
def date_pattern(pattern: str) -> DatePattern:
    """The pattern that a text is."""
    return DatePattern(pattern)


def _parts(pattern: str, at: int, depth: int) -> tuple[tuple[_Part, ...], int]:
    """The parts up to the end, or to a bracket that closes."""
    found: list[_Part] = []
    while at < len(pattern) and pattern[at] != "]":
        char = pattern[at]
        if char == "[":
            if depth == _DEEPEST:
                raise PatternError("the pattern of a date has too many brackets")
            inner, at = _parts(pattern, at + 1, depth + 1)
            if at == len(pattern):
                raise PatternError(f"the pattern `{pattern}` of a date has an open bracket")
            found.append(_Optional(inner))
            at += 1
        elif char == "'":
            text, at = _quoted(pattern, at)
            found.append(text)
        elif char.isascii() and char.isalpha():
            end = at
            while end < len(pattern) and pattern[end] == char:
                end += 1
            found.append(_field(char, end - at))
            at = end
        elif char in "{}#":
            raise PatternError(f"`{char}` is reserved in the pattern of a date: write '{char}'")
        else:
            found.append(char)
            at += 1
    return _reserved(found), at


def _quoted(pattern: str, at: int) -> tuple[str, int]:
    """The text between quotes; two of them are one."""
    told = ""
    if pattern.startswith("''", at):
        return "'", at + 2
    at += 1
    while True:
        end = pattern.find("'", at)
        if end < 0:
            raise PatternError(f"the pattern `{pattern}` of a date has an open quote")
        told += pattern[at:end]
        if not pattern.startswith("''", end):
            return told, end + 1
        told += "'"
        at = end + 2


def _field(letter: str, count: int) -> _Field:
    most = _MOST.get(letter)
    if most is None:
        instead = "; the year is `y`" if letter == "Y" else ""
        raise PatternError(f"`{letter}` in the pattern of a date is not supported{instead}")
    if count > most or (letter == "V" and count != 2):
        told = letter * count
        raise PatternError(f"`{told}` in the pattern of a date is not supported")
    return _Field(letter, count)


def _reserved(found: Sequence[_Part]) -> tuple[_Part, ...]:
    """The parts, each field with the digits that fields of fixed width behind it need."""
    kept: list[_Part] = []
    behind = 0
    for part in reversed(found):
        if isinstance(part, _Field):
            kept.append(replace(part, behind=behind))
            behind = behind + part.fixed if part.numeric and part.fixed else 0
        else:
            kept.append(part)
            behind = 0
    return tuple(reversed(kept))


def _written(parts: Sequence[_Part], moment: dt.datetime) -> Iterator[str]:
    for part in parts:
        match part:
            case str():
                yield part
            case _Optional(inner):
                yield from _written(inner, moment)
            case _Field():
                yield _shown(part, moment)


def _shown(field: _Field, moment: dt.datetime) -> str:
    count = field.count
    match field.letter:
        case "u" | "y":
            return f"{moment.year % 100:02d}" if count == 2 else f"{moment.year:0{count}d}"
        case "M" | "L":
            name = _MONTHS[moment.month - 1]
            return f"{moment.month:0{count}d}" if count < 3 else name[:3] if count == 3 else name
        case "E":
            name = _DAYS[moment.weekday()]
            return name if count == 4 else name[:3]
        case "D":
            return f"{moment.timetuple().tm_yday:0{count}d}"
        case "a":
            return _HALVES[moment.hour // 12]
        case "S":
            return f"{moment.microsecond * 1000:09d}"[:count]
        case "X" | "z" | "V":
            return "Z"
        case "x":
            return "+00" if count == 1 else "+00:00" if count in (3, 5) else "+0000"
        case "Z":
            return "Z" if count == 5 else "GMT" if count == 4 else "+0000"
        case letter:
            hour = moment.hour
            told = {"d": moment.day, "H": hour, "k": hour or 24, "K": hour % 12}
            told |= {"h": hour % 12 or 12, "m": moment.minute, "s": moment.second}
            return f"{told[letter]:0{count}d}"


def _read(parts: Sequence[_Part], text: str, at: int, found: _Found) -> int:
    """Where the parts end in a text, -1 if they are not there."""
    for part in parts:
        match part:
            case str():
                at = at + len(part) if text.startswith(part, at) else -1
            case _Optional(inner):
                tried = dict(found)
                end = _read(inner, text, at, tried)
                if end >= 0:
                    at = end
                    found.update(tried)
            case _Field():
                at = _taken(part, text, at, found)
        if at < 0:
            return -1
    return at


def _taken(field: _Field, text: str, at: int, found: _Found) -> int:
    """Where a field ends, whose value is noted; -1 if it is not there or says two things."""
    letter = {"y": "u", "L": "M"}.get(field.letter, field.letter)
    if field.numeric:
        value, at = _digits(field, text, at)
    elif letter == "M":
        value, at = _name(_MONTHS, field.count == 4, text, at)
        value += 1
    elif letter == "E":
        value, at = _name(_DAYS, field.count == 4, text, at)
    elif letter == "a":
        value, at = _name(_HALVES, True, text, at)
    else:
        letter = "offset"
        value, at = _offset(field, text, at)
    if at < 0:
        return -1
    low, high = _RANGES.get(letter, (value, value))
    if not low <= value <= high or found.setdefault(letter, value) != value:
        return -1
    return at


def _digits(field: _Field, text: str, at: int) -> tuple[int, int]:
    end = at
    while end < len(text) and text[end].isascii() and text[end].isdigit():
        end += 1
    most = field.fixed or max(end - at - field.behind, 0)
    least = field.fixed or (field.count if field.letter in "uyD" else 1)
    most = min(
        most, 4 if field.letter in "uy" and not field.fixed else 3 if field.letter == "D" else 9
    )
    if end - at < least or most < least:
        return 0, -1
    end = min(end, at + most)
    value = int(text[at:end])
    if field.letter in "uy" and field.count == 2:
        value += 2000
    if field.letter == "S":
        value *= 10 ** (9 - (end - at))
    return value, end


def _name(names: Sequence[str], whole: bool, text: str, at: int) -> tuple[int, int]:
    for number, name in enumerate(names):
        told = name if whole else name[:3]
        if text.startswith(told, at):
            return number, at + len(told)
    return 0, -1


def _offset(field: _Field, text: str, at: int) -> tuple[int, int]:
    """Seconds ahead of UTC."""
    plain = field.letter in "zV" or (field.letter == "Z" and field.count == 4)
    if plain and (named := _ZONE.match(text, at)):
        at = named.end()
        if not (signed := _OFFSET.match(text, at)):
            return 0, at
    elif field.letter in "XzV" or (field.letter == "Z" and field.count == 5):
        if text.startswith("Z", at):
            return 0, at + 1
        signed = _OFFSET.match(text, at)
    else:
        signed = _OFFSET.match(text, at)
    if signed is None:
        return 0, -1
    sign, hours, minutes, seconds = signed.groups()
    value = int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    if int(minutes or 0) > 59 or int(seconds or 0) > 59 or value > _LARGEST_OFFSET:
        return 0, -1
    return (-value if sign == "-" else value), signed.end()


def _resolved(found: _Found) -> int | None:
    """The milliseconds of what was read; what is missing is the earliest there is."""
    year = found.get("u", 1970)
    try:
        date = dt.datetime(year, found.get("M", 1), found.get("d", 1))  # noqa: DTZ001
        if "D" in found:
            of_year = dt.datetime(year, 1, 1) + dt.timedelta(found["D"] - 1)  # noqa: DTZ001
            if of_year.year != year or ({"M", "d"} <= found.keys() and of_year != date):
                return None
            date = of_year
    except (ValueError, OverflowError):
        return None
    if "E" in found and date.weekday() != found["E"]:
        return None
    hour = _hour(found)
    if hour is None:
        return None
    seconds = (date - _EPOCH).days * 86_400 + hour * 3600
    seconds += found.get("m", 0) * 60 + found.get("s", 0) - found.get("offset", 0)
    return seconds * 1000 + found.get("S", 0) // 1_000_000


def _hour(found: _Found) -> int | None:
    """The hour of the day; None if it is said in two ways that differ, or half."""
    told = [found["H"]] if "H" in found else []
    if "k" in found:
        told.append(found["k"] % 24)
    half = found["h"] % 12 if "h" in found else found.get("K")
    if half is not None and "a" in found:
        told.append(half + 12 * found["a"])
    elif half is not None and not told:
        return None
    if half is not None and told and told[0] % 12 != half:
        return None
    if "a" in found and told and told[0] // 12 != found["a"]:
        return None
    return told[0] if len(set(told)) == 1 else None if told else 0
