"""What shippers ask before they send events, and the settings that they leave with Elasticsearch.

Templates, policies, pipelines and streams are accepted and said to be there, since a shipper sends
nothing before they are. They change nothing: events are kept as they come.
"""

from __future__ import annotations

import logging
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tocsin import __version__
from tocsin.server.answers import answer
from tocsin.server.body import Budget, whole
from tocsin.server.keys import Caller
from tocsin.server.refusal import RefusedError, bad_request

LOG = logging.getLogger("tocsin.server")

VERSION = "9.99.0"
"""The version of Elasticsearch whose dialect this is: shippers refuse older ones than they are.

So it is the last that its major version may come to.
"""

NODE = "tocsin"
BUILT = "2026-01-01T00:00:00.000Z"
MOST_KEPT, LARGEST_KEPT, ALL_KEPT = 1_000, 4 << 20, 16 << 20
"""Settings that are remembered, the bytes of one, and of all: beyond that only names are kept."""

OF_INDEX = frozenset({"mappings", "settings"})
"""Settings that every index has."""

PROCESSORS = (
    "append bytes circle community_id convert csv date date_index_name dissect dot_expander drop "
    "enrich fail fingerprint foreach geo_grid geoip grok gsub html_strip inference ip_location "
    "join json kv lowercase network_direction pipeline redact registered_domain remove rename "
    "reroute script set set_security_user sort split terminate trim uppercase uri_parts urldecode "
    "user_agent"
)
"""Steps of pipelines that Elasticsearch has: modules of Filebeat look whether theirs are there."""


async def root(request: Request) -> Response:
    """Name and version."""
    document = {
        "name": NODE,
        "cluster_name": NODE,
        "cluster_uuid": "tocsin",
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "tocsin",
            "build_hash": "tocsin",
            "build_date": BUILT,
            "build_snapshot": False,
            "lucene_version": "10.4.0",
            "minimum_wire_compatibility_version": "8.19.0",
            "minimum_index_compatibility_version": "8.0.0",
        },
        "tagline": "You Know, for Search",
        "tocsin": __version__,
    }
    return answer(request, document)


async def licence(request: Request) -> Response:
    """The free licence, active."""
    held = {
        "status": "active",
        "uid": "tocsin",
        "uuid": "tocsin",
        "type": "basic",
        "mode": "basic",
        "issue_date": BUILT,
        "issue_date_in_millis": 1_767_225_600_000,
        "max_nodes": 1_000,
        "max_resource_units": None,
        "issued_to": NODE,
        "issuer": NODE,
        "start_date_in_millis": -1,
    }
    return answer(request, {"license": held})


async def xpack(request: Request) -> Response:
    """Which features are there."""
    there = {"available": True, "enabled": True}
    features = dict.fromkeys(("data_streams", "eql", "ilm", "security"), there)
    licensed = {"uid": "tocsin", "type": "basic", "mode": "basic", "status": "active"}
    return answer(request, {"license": licensed, "features": features})


async def cluster_health(request: Request) -> Response:
    """One node, well."""
    document = {
        "cluster_name": NODE,
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
        "active_primary_shards": 1,
        "active_shards": 1,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
        "unassigned_primary_shards": 0,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0,
    }
    return answer(request, document)


async def nodes(request: Request) -> Response:
    """The one node, where it listens: for clients that look for others."""
    host, port = request.scope.get("server") or ("127.0.0.1", 0)
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    node = {
        "name": NODE,
        "host": host,
        "ip": host,
        "version": VERSION,
        "roles": ["data", "ingest"],
        "ingest": {"processors": [{"type": name} for name in PROCESSORS.split()]},
        "http": {"bound_address": [place], "publish_address": place},
    }
    counts = {"total": 1, "successful": 1, "failed": 0}
    return answer(request, {"_nodes": counts, "cluster_name": NODE, "nodes": {NODE: node}})


REALM = {"name": NODE, "type": "api_key"}


async def authenticate(request: Request) -> Response:
    """Who asks."""
    caller: Caller = request.scope["caller"]
    document = {
        "username": caller.name,
        "roles": sorted(caller.scopes),
        "full_name": None,
        "email": None,
        "metadata": {},
        "enabled": True,
        "authentication_realm": REALM,
        "lookup_realm": REALM,
        "authentication_type": "api_key",
    }
    return answer(request, document)


async def refresh(request: Request) -> Response:
    """Nothing is to be done: what was accepted can be asked for."""
    return answer(request, {"_shards": {"total": 1, "successful": 1, "failed": 0}})


class Settings:
    """Templates, policies and the like by kind and name, as shippers left them, for this run."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}
        self._bytes = 0
        self._budget = Budget(4 * ALL_KEPT)

    async def serve(self, request: Request) -> Response:
        """``GET``, ``HEAD``, ``PUT``, ``POST`` or ``DELETE`` one of them."""
        kind, name = request.scope["kind"], request.path_params.get("name", "")
        if kind in {"index", *OF_INDEX} and name.startswith("_"):
            reason = f"Invalid index name [{name[:200]}], must not start with '_'"
            raise bad_request(reason, "invalid_index_name_exception")
        if request.method in {"PUT", "POST"}:
            return await self._put(request, kind, name)
        if request.method == "DELETE":
            self._forget(kind, name)
            return answer(request, {"acknowledged": True})
        content = self._content(kind, name)
        if content is None:
            if not name:
                return answer(request, {})
            raise RefusedError(
                404, "resource_not_found_exception", f"{kind} [{name[:200]}] not found"
            )
        return answer(request, _shown(kind, name, orjson.loads(content)))

    def _content(self, kind: str, name: str) -> bytes | None:
        """What was left; nothing of an index that is there without it; None: it is not there."""
        found = self._kept.get((kind, name))
        if found is None and kind in OF_INDEX and ("index", name) in self._kept:
            return b"{}"
        return found

    async def _put(self, request: Request, kind: str, name: str) -> Response:
        body = (await whole(request, LARGEST_KEPT, self._budget)).strip() or b"{}"
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise bad_request(str(error), "parse_exception") from None
        if not isinstance(content, dict):
            raise bad_request(f"a setting is an object: {kind}", "parse_exception")
        if kind == "alias":
            self._keep_aliases(request.path_params["index"], {name: content})
        else:
            self._keep(kind, name, body)
        if kind == "index":
            self._keep_aliases(name, content.get("aliases"))
        if kind == "pipeline":
            LOG.warning(
                "an ingest pipeline was accepted; none is run", extra={"pipeline": name[:200]}
            )
        made = {"acknowledged": True, "shards_acknowledged": True, "index": name}
        return answer(request, made if kind == "index" else {"acknowledged": True})

    def _keep(self, kind: str, name: str, body: bytes) -> None:
        self._forget(kind, name)
        if len(self._kept) < MOST_KEPT:
            kept = body if self._bytes + len(body) <= ALL_KEPT else b"{}"
            self._kept[kind, name] = kept
            self._bytes += len(kept)

    def _keep_aliases(self, index: str, aliases: object) -> None:
        """Keep other names of an index, with what is said of each."""
        if not isinstance(aliases, dict):
            return
        for alias, options in aliases.items():
            try:
                kept = orjson.dumps({index: {"aliases": {alias: options}}})
            except orjson.JSONEncodeError:
                raise bad_request("an alias nests too deep") from None
            self._keep("alias", alias, kept)

    def _forget(self, kind: str, name: str) -> None:
        self._bytes -= len(self._kept.pop((kind, name), b""))


def _shown(kind: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    """A setting as its own request gives it."""
    match kind:
        case "index_template" | "component_template":
            return {f"{kind}s": [{"name": name, kind: content}]}
        case "data_stream":
            stream = {
                "name": name,
                "status": "GREEN",
                "generation": 1,
                "template": "",
                "indices": [],
            }
            return {"data_streams": [stream]}
        case "policy":
            return {name: {"version": 1, **content}}
        case "index":
            return {name: {"aliases": {}, "mappings": {}, "settings": {}, **content}}
        case "mappings" | "settings":
            return {name: {kind: content}}
        case "alias":
            return content
        case _:
            return {name: content}
