"""The name of the data stream that an event belongs to, where its input gives no index."""

from __future__ import annotations

from tocsin.alerts.paths import Values

STREAM = ("data_stream.dataset", "data_stream.type", "data_stream.namespace")
"""The fields that it is made of."""


def stream_name(values: Values) -> str:
    """``<type>-<dataset>-<namespace>``; empty if the event names no dataset."""
    dataset, kind, namespace = ((*values(name), "")[0] for name in STREAM)
    return f"{kind or 'logs'}-{dataset}-{namespace or 'default'}" if dataset else ""
