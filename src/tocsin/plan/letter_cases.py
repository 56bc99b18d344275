"""Which letters Lucene's regular expressions take for one another where letter case is ignored."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# Letters with more forms than an upper and a lower case, and those whose other case Python gives
# as several characters: by Unicode's simple case folding (the lines C and S of CaseFolding.txt).
_ALIKE: Final = (
    "Kk\u212a Ss\u017f \u00b5\u039c\u03bc \u00c5\u00e5\u212b \u00df\u1e9e"
    " \u01c4\u01c5\u01c6 \u01c7\u01c8\u01c9 \u01ca\u01cb\u01cc \u01f1\u01f2\u01f3"
    " \u0345\u0399\u03b9\u1fbe \u0390\u1fd3 \u0392\u03b2\u03d0"
    " \u0395\u03b5\u03f5 \u0398\u03b8\u03d1\u03f4 \u039a\u03ba\u03f0 \u03a0\u03c0\u03d6"
    " \u03a1\u03c1\u03f1 \u03a3\u03c2\u03c3 \u03a6\u03c6\u03d5 \u03a9\u03c9\u2126 \u03b0\u1fe3"
    " \u0412\u0432\u1c80 \u0414\u0434\u1c81 \u041e\u043e\u1c82 \u0421\u0441\u1c83"
    " \u0422\u0442\u1c84\u1c85 \u042a\u044a\u1c86 \u0462\u0463\u1c87 \u1c88\ua64a\ua64b"
    " \u1e60\u1e61\u1e9b \ufb05\ufb06"
)
_FORMS: Final = {letter: group for group in _ALIKE.split() for letter in group}
_FORMS["\u0130"] = "i\u0130"  # matches an i, though an i does not match it


@lru_cache(maxsize=1024)
def forms_of(code: int) -> tuple[int, ...]:
    """A code point and those that it matches without regard to case, ascending."""
    char = chr(code)
    found = _FORMS.get(char)
    if found is None:
        forms = (char, char.lower(), char.upper(), char.title())
        found = "".join(form for form in forms if len(form) == 1)
    return tuple(sorted(set(map(ord, found))))
