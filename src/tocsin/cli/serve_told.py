"""What ``tocsin serve`` says when it is ready: to a person, to a log, to systemd."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tocsin.server.service import Plan, Service

_LOG = logging.getLogger("tocsin.server")

FIRST = (
    """curl {key}-H 'Content-Type: application/json' {url}/logs-test-default/_doc -d '"""
    """{{"@timestamp":"'$(date -u +%FT%TZ)'","event":{{"category":"process","type":"start"}},"""
    """"process":{{"name":"curl"}}}}'"""
)
"""How a person sends a first event."""


def told(service: Service, plan: Plan, *, text: bool) -> None:
    """Say where the service is, what it runs, and how to send a first event."""
    scheme = "http" if plan.tls is None else "https"
    url = f"{scheme}://{service.address}"
    rules = service.engine.rules
    key = "-H 'Authorization: ApiKey …' " if service.keyed else ""
    if text:
        first = FIRST.format(url=url, key=key)
        click.echo(f"tocsin listens on {url}, as Elasticsearch does", err=True)
        click.echo(f"  alerts {url}/alerts, in a browser", err=True)
        click.echo(f"  rules  {rules['running']:,} of {rules['loaded']:,} run", err=True)
        click.echo(f"  data   {plan.work.data}", err=True)
        click.echo(f"  store  {service.store}", err=True)
        click.echo(f"  try    {first}", err=True)
        known = service.store.keys()
        if service.keyed and all(key.revoked is not None for key in known):
            click.echo(
                "  there are no API keys yet: tocsin keys create NAME --scope ingest", err=True
            )
        if service.keyed and plan.tls is None and not plan.address.loopback:
            click.echo("  keys and events are not encrypted on the way: see --tls-cert", err=True)
    else:
        about = {"url": url, "data": str(plan.work.data), "store": str(service.store), **rules}
        _LOG.info("ready", extra=about)
    _notify("READY=1")


def _notify(state: str) -> None:
    """Tell systemd, if it waits for that."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as teller:
            teller.connect(f"\0{place[1:]}" if place.startswith("@") else place)
            teller.send(state.encode())
    except OSError as error:
        _LOG.warning("systemd cannot be told: %s", error)
