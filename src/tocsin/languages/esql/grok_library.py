r"""The patterns that `grok` knows by name.

The names and what they match are those that Elasticsearch and Logstash share; the expressions are
written here anew, from what each is to match.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9]|0[0-9]{1,2})"
_WORD16 = "[0-9A-Fa-f]{1,4}"
_LABEL = "[0-9A-Za-z][0-9A-Za-z_-]{0,62}"


def _ipv6() -> str:
    """All ways to write an address of version 6, the longest ones first."""
    v4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
    forms = [f"(?:{_WORD16}:){{7}}(?:{_WORD16}|:)"]
    for head in range(6, 0, -1):
        tail = 7 - head
        behind = [f"(?::{_WORD16}){{1,{tail}}}"]
        if tail >= 2:
            middle = f"(?::{_WORD16}){{0,{tail - 2}}}" if tail > 2 else ""
            behind.insert(0, f"{middle}:{v4}")
        behind.append(":")
        forms.append(f"(?:{_WORD16}:){{{head}}}(?:{'|'.join(behind)})")
    forms.append(f":(?:(?::{_WORD16}){{0,5}}:{v4}|(?::{_WORD16}){{1,7}}|:)")
    return f"(?:{'|'.join(forms)})(?:%[0-9A-Za-z]+)?"


_MONTHS = (
    *("Jan(?:uary)?", "Feb(?:ruary)?", "Mar(?:ch)?", "Apr(?:il)?", "May", "June?", "July?"),
    *("Aug(?:ust)?", "Sep(?:tember)?", "Oct(?:ober)?", "Nov(?:ember)?", "Dec(?:ember)?"),
)
_DAYS = (
    *("Mon(?:day)?", "Tue(?:sday)?", "Wed(?:nesday)?", "Thu(?:rsday)?", "Fri(?:day)?"),
    *("Sat(?:urday)?", "Sun(?:day)?"),
)

GROK_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "USERNAME": "[a-zA-Z0-9._-]+",
        "USER": "%{USERNAME}",
        "EMAILLOCALPART": (
            "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,62})*"
        ),
        "EMAILADDRESS": "%{EMAILLOCALPART}@%{HOSTNAME}",
        "INT": "[+-]?[0-9]+",
        "BASE10NUM": r"(?<![0-9.+-])(?>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))",
        "NUMBER": "%{BASE10NUM}",
        "BASE16NUM": "(?<![0-9A-Fa-f])[+-]?(?:0x)?[0-9A-Fa-f]+",
        "BASE16FLOAT": (
            r"\b(?<![0-9A-Fa-f.])[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-"
            r"f]*)?|\.[0-9A-Fa-f]+)\b"
        ),
        "POSINT": r"\b[1-9][0-9]*\b",
        "NONNEGINT": r"\b[0-9]+\b",
        "WORD": r"\b\w+\b",
        "NOTSPACE": r"\S+",
        "SPACE": r"\s*",
        "DATA": ".*?",
        "GREEDYDATA": ".*",
        "QUOTEDSTRING": r"""(?<!\\)(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`)""",
        "QS": "%{QUOTEDSTRING}",
        "UUID": "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
        "URN": (
            r"urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:(?:%[0-9a-fA-F]{2}|[0-9A-Z"
            r"a-z()+,.:=@;$_!*'/?#-])+"
        ),
        "CISCOMAC": r"(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}",
        "WINDOWSMAC": "(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}",
        "COMMONMAC": "(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}",
        "MAC": "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})",
        "IPV6": _ipv6(),
        "IPV4": rf"(?<![0-9]){_BYTE}(?:\.{_BYTE}){{3}}(?![0-9])",
        "IP": "(?:%{IPV6}|%{IPV4})",
        "HOSTNAME": rf"\b{_LABEL}(?:\.{_LABEL})*(?:\.?|\b)",
        "IPORHOST": "(?:%{IP}|%{HOSTNAME})",
        "HOSTPORT": "%{IPORHOST}:%{POSINT}",
        "PATH": "(?:%{UNIXPATH}|%{WINPATH})",
        "UNIXPATH": r"(?:/[\w_%!$@:.,+~-]*)+",
        "TTY": r"/dev/(?:pts|tty(?:[pq])?)\w*(?:/\d+)?",
        "WINPATH": r"(?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+",
        "URIPROTO": r"[A-Za-z](?:[A-Za-z0-9+.-]+)+",
        "URIHOST": "%{IPORHOST}(?::%{POSINT})?",
        "URIPATH": r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+",
        "URIQUERY": r"[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*",
        "URIPARAM": r"\?%{URIQUERY}",
        "URIPATHPARAM": r"%{URIPATH}(?:\?%{URIQUERY})?",
        "URI": (
            r"%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{UR"
            r"IPATH}(?:\?%{URIQUERY})?)?"
        ),
        "MONTH": rf"\b(?:{'|'.join(_MONTHS)})\b",
        "MONTHNUM": "(?:0?[1-9]|1[0-2])",
        "MONTHNUM2": "(?:0[1-9]|1[0-2])",
        "MONTHDAY": "(?:0[1-9]|[12][0-9]|3[01]|[1-9])",
        "DAY": f"(?:{'|'.join(_DAYS)})",
        "YEAR": "(?:[0-9]{2}){1,2}",
        "HOUR": "(?:2[0123]|[01]?[0-9])",
        "MINUTE": "[0-5][0-9]",
        "SECOND": "(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?",
        "TIME": "(?<![0-9])%{HOUR}:%{MINUTE}(?::%{SECOND})(?![0-9])",
        "DATE_US": "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
        "DATE_EU": "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}",
        "ISO8601_TIMEZONE": "(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))",
        "ISO8601_SECOND": "(?:%{SECOND}|60)",
        "TIMESTAMP_ISO8601": (
            "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{"
            "SECOND})?%{ISO8601_TIMEZONE}?"
        ),
        "DATE": "(?:%{DATE_US}|%{DATE_EU})",
        "DATESTAMP": "%{DATE}[- ]%{TIME}",
        "TZ": "(?:[APMCE][SD]T|UTC)",
        "DATESTAMP_RFC822": "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}",
        "DATESTAMP_RFC2822": "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}",
        "DATESTAMP_OTHER": "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
        "DATESTAMP_EVENTLOG": "%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}",
        "SYSLOGTIMESTAMP": "%{MONTH} +%{MONTHDAY} %{TIME}",
        "PROG": r"[\x21-\x5a\x5c\x5e-\x7e]+",
        "SYSLOGPROG": r"%{PROG}(?:\[%{POSINT}\])?",
        "SYSLOGHOST": "%{IPORHOST}",
        "HTTPDATE": "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
        "LOGLEVEL": (
            "(?i:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|e"
            "rr(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?)"
        ),
    }
)
"""Regular expressions of Oniguruma by name; ``%{NAME}`` in them stands for another."""
