"""Full-text search of single texts: what `match` and `match_phrase` ask of a field's value.

A text is cut into words as Elasticsearch's standard analyser does; a keyword is one word as it
stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tocsin.plan.words import words

Test = Callable[[str], bool]

_AUTO = re.compile(r"AUTO(?::(\d{1,3}),(\d{1,3}))?", re.IGNORECASE | re.ASCII)
_PERCENT = re.compile(r"(-?\d{1,3})(%?)")


def words_test(query: str, options: Mapping[str, object]) -> Test:
    """Whether a text holds words of a query: one of them, or as many as the options say.

    Options: ``operator`` (``and``: all of them), ``minimum_should_match`` (so many, or so many
    hundredths), and those of `_alike`.
    """
    wanted = list(words(query))
    least = least_of(len(wanted), options)
    tests = [_alike(word, options) for word in wanted]

    def test(text: str) -> bool:
        there = list(dict.fromkeys(words(text)))
        return sum(any(map(each, there)) for each in tests) >= least

    return test if wanted else lambda _: False


def phrase_test(query: str) -> Test:
    """Whether a text holds the words of a query, one behind the other."""
    wanted = list(words(query))
    count = len(wanted)

    def test(text: str) -> bool:
        there = list(words(text))
        return any(there[at : at + count] == wanted for at in range(len(there) - count + 1))

    return test if wanted else lambda _: False


def whole_test(query: str, options: Mapping[str, object]) -> Test:
    """Whether a keyword is a query, or nearly; options as `_alike` takes them."""
    return _alike(query, options)


def least_of(count: int, options: Mapping[str, object]) -> int:
    """How many of a query's words a text must hold at least.

    Raises
    ------
    ValueError
        ``minimum_should_match`` is neither a number nor a percentage.
    """
    if str(options.get("operator", "or")).lower() == "and":
        return count
    told = options.get("minimum_should_match")
    if told is None:
        return 1
    found = _PERCENT.fullmatch(str(told))
    if found is None:
        raise ValueError(f"`{told}` is neither a number nor a percentage")
    number = int(found[1])
    part = int(count * abs(number) / 100) if found[2] else abs(number)
    return min(max(count - part if number < 0 else part, 1), count)


def _alike(word: str, options: Mapping[str, object]) -> Test:
    """Whether a word is another one, or nearly.

    Options: ``fuzziness`` (so many letters may be other ones, left out, put in, or swapped;
    ``AUTO``, ``AUTO:3,6``: none, one or two, by its length), ``prefix_length`` (so many first
    letters are the same), ``fuzzy_transpositions`` (false: letters that are swapped count as two).
    """
    most = _slips(word, options.get("fuzziness", 0))
    if not most:
        return lambda other: other == word
    prefix = str(options.get("prefix_length", 0))
    begin = word[: int(prefix) if prefix.isdigit() else 0]
    swapped = options.get("fuzzy_transpositions", True) is not False
    return lambda other: other.startswith(begin) and within(word, other, most, swapped=swapped)


def _slips(word: str, fuzziness: object) -> int:
    if isinstance(fuzziness, str) and (auto := _AUTO.fullmatch(fuzziness)):
        low, high = int(auto[1] or 3), int(auto[2] or 6)
        return 0 if len(word) < low else 1 if len(word) < high else 2
    digits = str(fuzziness)
    return min(int(digits), 2) if digits.isascii() and digits.isdigit() else 0


def within(one: str, other: str, most: int, *, swapped: bool) -> bool:
    """Whether a word becomes another one by at most so many changes of a letter."""
    if abs(len(one) - len(other)) > most:
        return False
    before: Sequence[int] = ()
    last: list[int] = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, its in enumerate(other, 1):
            least = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != its))
            turned = swapped and row > 1 and column > 1 and letter != its
            if turned and letter == other[column - 2] and its == one[row - 2]:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        if min(line) > most and min(last) > most:
            return False
        before, last = last, line
    return last[-1] <= most
