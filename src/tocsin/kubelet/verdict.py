"""Whether a Kubelet's configuration lets strangers in: one finding for each setting that matters.

What is bad lets somebody in who should not be; what is weak makes that easier; a note is to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from tocsin.kubelet import setting as known
from tocsin.kubelet.given import Given, Value
from tocsin.kubelet.setting import Setting


class Grade(StrEnum):
    """How a setting is judged."""

    BAD = "bad"
    WEAK = "weak"
    UNKNOWN = "unknown"
    NOTE = "note"
    GOOD = "good"


class Finding(NamedTuple):
    """A setting, its value as text, where that comes from, and what it means.

    ``remedy`` is what to write instead, as a line of the configuration file; empty where nothing
    is to be done.
    """

    grade: Grade
    setting: str
    flag: str
    value: str
    source: str
    why: str
    remedy: str = ""


class _Judged(NamedTuple):
    grade: Grade
    why: str
    remedy: str = ""


def findings(given: Given) -> list[Finding]:
    """All findings, the worst first, else in the order of the settings."""
    found = [_finding(given, setting, judged) for setting, judged in _judged(given)]
    order = list(Grade)
    return sorted(found, key=lambda one: order.index(one.grade))


def worst(found: list[Finding]) -> Grade:
    """The worst grade of findings."""
    return found[0].grade if found else Grade.GOOD


def _finding(given: Given, setting: Setting, judged: _Judged) -> Finding:
    value = given.value(setting)
    return Finding(
        judged.grade,
        setting.path,
        f"--{setting.flag}",
        "" if value is None else _told(setting, value.value),
        _source(given, value),
        judged.why,
        judged.remedy if judged.grade not in {Grade.GOOD, Grade.NOTE} else "",
    )


def _source(given: Given, value: Value | None) -> str:
    if value is None:
        return f"stands in {given.named}, which was not given"
    if value.source:
        return f"a flag in {value.source}" if value.flag else value.source
    if given.configured or not given.lines:
        return "the default of a configuration file"
    return "the default of a command line without --config"


def _told(setting: Setting, value: Any) -> str:  # noqa: ANN401 - by the setting's kind
    if setting.kind == "bool":
        return str(value).lower()
    if setting.kind == "seconds":
        return _span(value)
    if setting.kind == "list":
        return ", ".join(value) or "(none)"
    return str(value) or "(none)"


def _span(seconds: float) -> str:
    for unit, size in (("h", 3_600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _judged(given: Given) -> Iterator[tuple[Setting, _Judged]]:
    for setting, judge in _JUDGES:
        value = given.value(setting)
        if value is None:
            why = "The command line names a configuration file that was not given; give it, too."
            yield setting, _Judged(Grade.UNKNOWN, why)
            continue
        judged = judge(given, value.value)
        if judged is not None:
            yield setting, judged


def _get(given: Given, setting: Setting) -> Any:  # noqa: ANN401 - by the setting's kind
    value = given.value(setting)
    return None if value is None else value.value


def _anonymous(given: Given, value: bool) -> _Judged:
    if not value:
        return _Judged(Grade.GOOD, "Who does not prove who they are is refused.")
    if _get(given, known.MODE) == "AlwaysAllow":
        why = "Whoever reaches the port may run commands in every container of the node."
    else:
        why = (
            "Whoever reaches the port is let in as system:anonymous, and may do what RBAC gives to "
            "that user and to system:unauthenticated."
        )
    return _Judged(Grade.BAD, why, "authentication: {anonymous: {enabled: false}}")


def _mode(given: Given, value: str) -> _Judged:  # noqa: ARG001 - all judges are called alike
    if value == "Webhook":
        return _Judged(Grade.GOOD, "The API server is asked what a caller may do.")
    if value == "AlwaysAllow":
        why = "Every caller that is let in may do everything: run commands, read logs, list pods."
        return _Judged(Grade.BAD, why, "authorization: {mode: Webhook}")
    return _Judged(Grade.BAD, "There is no such mode.", "authorization: {mode: Webhook}")


def _read_only(given: Given, value: int) -> _Judged:  # noqa: ARG001 - as above
    if value == 0:
        return _Judged(Grade.GOOD, "There is no port that asks nobody who they are.")
    why = f"Port {value} gives pods, their settings and metrics to everybody, without TLS."
    return _Judged(Grade.BAD, why, "readOnlyPort: 0")


def _tokens(given: Given, value: bool) -> _Judged:  # noqa: ARG001 - as above
    if value:
        return _Judged(Grade.GOOD, "Bearer tokens are checked with the API server (TokenReview).")
    why = "Bearer tokens are not checked, so that only client certificates tell who calls."
    return _Judged(Grade.WEAK, why, "authentication: {webhook: {enabled: true}}")


def _client_ca(given: Given, value: str) -> _Judged:  # noqa: ARG001 - as above
    if value:
        return _Judged(Grade.GOOD, "Client certificates are checked against this authority.")
    why = "No client certificate is accepted; the API server itself cannot prove who it is."
    remedy = "authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}"
    return _Judged(Grade.WEAK, why, remedy)


def _rotate_client(given: Given, value: bool) -> _Judged:  # noqa: ARG001 - as above
    if value:
        return _Judged(Grade.GOOD, "The node's own certificate is renewed before it ends.")
    why = "The node's own certificate is not renewed: a stolen one is good for as long as it lasts."
    return _Judged(Grade.WEAK, why, "rotateCertificates: true")


def _server(given: Given, value: str) -> _Judged:
    if value and _get(given, known.PRIVATE_KEY):
        return _Judged(Grade.GOOD, "The Kubelet has a certificate of its own to show.")
    if _get(given, known.ROTATE_SERVER):
        return _Judged(Grade.GOOD, "The Kubelet gets its certificate from the cluster.")
    why = "The Kubelet signs its certificate itself, so that callers cannot tell it from another."
    return _Judged(Grade.WEAK, why, "serverTLSBootstrap: true")


def _lowest_tls(given: Given, value: str) -> _Judged:  # noqa: ARG001 - as above
    if value in {"VersionTLS10", "VersionTLS11"}:
        return _Judged(Grade.WEAK, "TLS before 1.2 is accepted.", "tlsMinVersion: VersionTLS12")
    return _Judged(Grade.GOOD, "TLS before 1.2 is refused.")


def _ciphers(given: Given, value: tuple[str, ...]) -> _Judged:  # noqa: ARG001 - as above
    weak = [name for name in value if _is_weak(name)]
    if weak:
        why = f"Weak ciphers are accepted: {', '.join(weak[:5])}."
        return _Judged(Grade.WEAK, why, "tlsCipherSuites: [] # those that Go chooses")
    return _Judged(Grade.GOOD, "No weak cipher is asked for.")


def _is_weak(name: str) -> bool:
    return name.startswith("TLS_RSA_") or any(
        part in name for part in ("RC4", "3DES", "_CBC_SHA256")
    )


def _kernel(given: Given, value: bool) -> _Judged:  # noqa: ARG001 - as above
    if value:
        return _Judged(Grade.GOOD, "The Kubelet does not start on a kernel that is set otherwise.")
    why = "The Kubelet changes the kernel's settings where they are not as it wants them."
    return _Judged(Grade.WEAK, why, "protectKernelDefaults: true")


def _chains(given: Given, value: bool) -> _Judged:  # noqa: ARG001 - as above
    if value:
        return _Judged(Grade.GOOD, "The Kubelet keeps its rules in iptables.")
    why = "The Kubelet does not keep its rules in iptables."
    return _Judged(Grade.WEAK, why, "makeIPTablesUtilChains: true")


def _idle(given: Given, value: float) -> _Judged:  # noqa: ARG001 - as above
    if value > 0:
        return _Judged(Grade.GOOD, "A connection by exec, attach or portForward ends when idle.")
    why = "A connection by exec, attach or portForward never ends for being idle."
    return _Judged(Grade.WEAK, why, "streamingConnectionIdleTimeout: 4h0m0s")


def _events(given: Given, value: int) -> _Judged:  # noqa: ARG001 - as above
    if value > 0:
        return _Judged(Grade.GOOD, "Events are recorded, at most so many in a second.")
    why = "Zero means no limit, or five in a second, by version; say what is meant."
    return _Judged(Grade.NOTE, why)


def _handlers(given: Given, value: bool) -> _Judged:  # noqa: ARG001 - as above
    if value:
        why = (
            "The Kubelet serves exec, run, attach, portForward and logs; kubectl exec and kubectl "
            "logs need that. Without it, nobody runs commands through it."
        )
    else:
        why = "The Kubelet does not serve exec, run, attach, portForward or logs."
    return _Judged(Grade.NOTE, why)


def _address(given: Given, value: str) -> _Judged:
    port = _get(given, known.PORT)
    where = "all addresses of the node" if value in {"0.0.0.0", "::"} else value  # noqa: S104 - compared
    why = f"The API is served on {where}, port {port}; let only the control plane reach it."
    return _Judged(Grade.NOTE, why)


def _healthz(given: Given, value: str) -> _Judged:
    port = _get(given, known.HEALTHZ_PORT)
    if port == 0 or value in {"127.0.0.1", "::1", "localhost"}:
        return _Judged(Grade.GOOD, "Whether the Kubelet is well is told to the node alone.")
    why = f"Everybody may ask on port {port} whether the Kubelet is well."
    return _Judged(Grade.WEAK, why, "healthzBindAddress: 127.0.0.1")


def _cache(given: Given, value: float) -> _Judged | None:
    if _get(given, known.MODE) != "Webhook":
        return None
    why = (
        f"What a caller was allowed once is not asked again for {_span(value)}: so long, nothing "
        "of further requests shows in the API server's audit log."
    )
    return _Judged(Grade.NOTE, why)


_JUDGES: tuple[tuple[Setting, Any], ...] = (
    (known.ANONYMOUS, _anonymous),
    (known.MODE, _mode),
    (known.READ_ONLY, _read_only),
    (known.TOKENS, _tokens),
    (known.CLIENT_CA, _client_ca),
    (known.ROTATE_CLIENT, _rotate_client),
    (known.CERTIFICATE, _server),
    (known.LOWEST_TLS, _lowest_tls),
    (known.CIPHERS, _ciphers),
    (known.KERNEL, _kernel),
    (known.CHAINS, _chains),
    (known.IDLE, _idle),
    (known.HEALTHZ_ADDRESS, _healthz),
    (known.EVENTS, _events),
    (known.HANDLERS, _handlers),
    (known.ADDRESS, _address),
    (known.ALLOWED_CACHE, _cache),
)
