"""Patterns of dates say what Java's say."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.tables.date_pattern import DatePattern
from tocsin.tables.regex.tree import PatternError


def millis(*parts):
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp() * 1000)


AFTERNOON = millis(2026, 3, 4, 15, 6, 7) + 89


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-03-04T15:06:07.089Z"),
        ("uu/M/d", "26/3/4"),
        ("EEE, dd MMM yyyy", "Wed, 04 Mar 2026"),
        ("EEEE d MMMM", "Wednesday 4 March"),
        ("DDD D", "063 63"),
        ("hh:mm a K k H", "03:06 PM 3 15 15"),
        ("h 'o''clock' ''", "3 o'clock '"),
        ("SSSSSSSSS S", "089000000 0"),
        ("X XXX x xx xxx Z ZZZZ ZZZZZ z VV", "Z Z +00 +0000 +00:00 +0000 GMT Z Z Z"),
        ("yyyy[-MM]", "2026-03"),
        ("", ""),
    ],
)
def test_a_date_as_text(pattern, text):
    assert DatePattern(pattern).written(AFTERNOON) == text


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("yyyy-MM-dd", "2026-03-04", millis(2026, 3, 4)),
        ("yyyyMMddHHmmssSSS", "20260304150607089", AFTERNOON),
        ("yyMMdd", "991231", millis(2099, 12, 31)),
        ("d/M/yyyy H:m", "4/3/2026 15:6", millis(2026, 3, 4, 15, 6)),
        ("dd MMM yyyy", "04 Mar 2026", millis(2026, 3, 4)),
        ("dd MMM yyyy", "04 mar 2026", None),
        ("EEEE yyyy-MM-dd", "Wednesday 2026-03-04", millis(2026, 3, 4)),
        ("EEEE yyyy-MM-dd", "Tuesday 2026-03-04", None),
        ("yyyy-DDD", "2024-366", millis(2024, 12, 31)),
        ("yyyy-DDD", "2026-366", None),
        ("hh:mm a", "12:30 AM", millis(1970, 1, 1, 0, 30)),
        ("hh:mm a", "12:30 PM", millis(1970, 1, 1, 12, 30)),
        ("hh:mm", "10:30", None),
        ("kk", "24", millis(1970, 1, 1)),
        ("HH a", "03 PM", None),
        ("yyyy-MM-dd HH:mm:ss XXX", "2026-03-04 17:06:07 +02:00", millis(2026, 3, 4, 15, 6, 7)),
        ("yyyy-MM-dd HH:mm:ss Z", "2026-03-04 10:06:07 -0500", millis(2026, 3, 4, 15, 6, 7)),
        ("yyyy HH z", "2026 01 UTC", millis(2026, 1, 1, 1)),
        ("yyyy HH z", "2026 01 CEST", None),
        ("yyyy X", "2026 +19", None),
        ("yyyy-MM-dd[ HH:mm]", "2026-03-04", millis(2026, 3, 4)),
        ("yyyy-MM-dd[ HH:mm]", "2026-03-04 15:06", millis(2026, 3, 4, 15, 6)),
        ("yyyy-MM-dd[ HH:mm]", "2026-03-04 15", None),
        ("yyyy-MM-dd", "2026-02-29", None),
        ("yyyy-MM-dd", "2026-13-01", None),
        ("yyyy-MM-dd", "2026-03-04x", None),
        ("yyyy-MM-dd", "2026-3-4", None),
        ("yyyy yyyy", "2026 2027", None),
        ("yyyy", "٢٠٢٦", None),
        ("'T'HH", "T07", millis(1970, 1, 1, 7)),
    ],
)
def test_a_text_as_a_date(pattern, text, found):
    assert DatePattern(pattern).read(text) == found


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("yyyy-QQ", "`Q`"),
        ("YYYY-ww", "`Y`"),
        ("YYYY-MM-dd", "the year is `y`"),
        ("MMMMM", "`MMMMM`"),
        ("ddd", "`ddd`"),
        ("V", "`V`"),
        ("'T", "open quote"),
        ("[yyyy", "open bracket"),
        ("yyyy]", "never opened"),
        ("{yyyy}", "reserved"),
        ("[" * 30 + "]" * 30, "too many brackets"),
        ("y" + " " * 2000, "too long"),
    ],
)
def test_what_is_not_supported_is_told(pattern, told):
    with pytest.raises(PatternError, match=told):
        DatePattern(pattern)


@given(
    st.datetimes(),
    st.sampled_from(
        [
            ("uuuu-MM-dd'T'HH:mm:ss.SSS", "%Y-%m-%dT%H:%M:%S.%f"),
            ("yyyyMMddHHmmssSSS", "%Y%m%d%H%M%S%f"),
            ("EEE dd MMMM yyyy hh:mm:ss.SSS a", "%a %d %B %Y %I:%M:%S.%f %p"),
            ("DDD/yyyy HH:mm:ss,SSS", "%j/%Y %H:%M:%S,%f"),
        ]
    ),
)
@settings(max_examples=150)
def test_what_was_written_is_read_again(moment, patterns):
    ours, other = patterns
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    at = (moment.replace(tzinfo=dt.UTC) - epoch) // dt.timedelta(milliseconds=1)
    text = DatePattern(ours).written(at)
    assert DatePattern(ours).read(text) == at
    # Python's own has six digits of a fraction, and years without zeros in front
    cut = epoch + dt.timedelta(milliseconds=at)
    told = cut.strftime(other.replace("%Y", f"{cut.year:04d}").replace("%f", f"{at % 1000:03d}"))
    assert text == told


@given(st.text(max_size=12), st.sampled_from(["yyyy-MM-dd", "d M y[ H]", "X", "E a", "MMM'x'"]))
def test_no_text_is_too_odd_to_be_read(text, pattern):
    found = DatePattern(pattern).read(text)
    assert found is None or isinstance(found, int)
