"""The settings of a Kubelet that decide who may ask it: where they stand, and what holds without.

What holds where nothing is said differs: a configuration file has safe defaults, a command line
without one has those of old, which let everybody in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

HOUR = 3_600.0


class Setting(NamedTuple):
    """A setting: its path in ``KubeletConfiguration``, its flag, its kind, its two defaults.

    ``kind``: bool, int, text, list, or seconds (a duration). ``empty``: in a file, the value's zero
    (0, "", 0s) means the default, too.
    """

    path: str
    flag: str
    kind: str
    in_file: Any
    on_line: Any
    empty: bool = False


ANONYMOUS = Setting("authentication.anonymous.enabled", "anonymous-auth", "bool", False, True)
TOKENS = Setting(
    "authentication.webhook.enabled", "authentication-token-webhook", "bool", True, False
)
TOKEN_CACHE = Setting(
    "authentication.webhook.cacheTTL",
    "authentication-token-webhook-cache-ttl",
    "seconds",
    120.0,
    120.0,
    empty=True,
)
CLIENT_CA = Setting("authentication.x509.clientCAFile", "client-ca-file", "text", "", "")
MODE = Setting(
    "authorization.mode", "authorization-mode", "text", "Webhook", "AlwaysAllow", empty=True
)
ALLOWED_CACHE = Setting(
    "authorization.webhook.cacheAuthorizedTTL",
    "authorization-webhook-cache-authorized-ttl",
    "seconds",
    300.0,
    300.0,
    empty=True,
)
READ_ONLY = Setting("readOnlyPort", "read-only-port", "int", 0, 10255)
PORT = Setting("port", "port", "int", 10250, 10250, empty=True)
ADDRESS = Setting("address", "address", "text", "0.0.0.0", "0.0.0.0", empty=True)  # noqa: S104 - the Kubelet's default
HEALTHZ_PORT = Setting("healthzPort", "healthz-port", "int", 10248, 10248)
HEALTHZ_ADDRESS = Setting(
    "healthzBindAddress", "healthz-bind-address", "text", "127.0.0.1", "127.0.0.1", empty=True
)
HANDLERS = Setting("enableDebuggingHandlers", "enable-debugging-handlers", "bool", True, True)
ROTATE_CLIENT = Setting("rotateCertificates", "rotate-certificates", "bool", False, False)
ROTATE_SERVER = Setting("serverTLSBootstrap", "rotate-server-certificates", "bool", False, False)
CERTIFICATE = Setting("tlsCertFile", "tls-cert-file", "text", "", "")
PRIVATE_KEY = Setting("tlsPrivateKeyFile", "tls-private-key-file", "text", "", "")
LOWEST_TLS = Setting("tlsMinVersion", "tls-min-version", "text", "VersionTLS12", "VersionTLS12")
CIPHERS = Setting("tlsCipherSuites", "tls-cipher-suites", "list", (), ())
KERNEL = Setting("protectKernelDefaults", "protect-kernel-defaults", "bool", False, False)
CHAINS = Setting("makeIPTablesUtilChains", "make-iptables-util-chains", "bool", True, True)
IDLE = Setting(
    "streamingConnectionIdleTimeout",
    "streaming-connection-idle-timeout",
    "seconds",
    4 * HOUR,
    4 * HOUR,
    empty=True,
)
EVENTS = Setting("eventRecordQPS", "event-qps", "int", 50, 50)

SETTINGS = (
    *(ANONYMOUS, TOKENS, TOKEN_CACHE, CLIENT_CA, MODE, ALLOWED_CACHE, READ_ONLY, PORT, ADDRESS),
    *(HEALTHZ_PORT, HEALTHZ_ADDRESS, HANDLERS, ROTATE_CLIENT, ROTATE_SERVER, CERTIFICATE),
    *(PRIVATE_KEY, LOWEST_TLS, CIPHERS, KERNEL, CHAINS, IDLE, EVENTS),
)
FLAGS = {setting.flag: setting for setting in SETTINGS}
