"""The read dialect over HTTP: searches, counts, EQL, single alerts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tocsin.corpus.stored import Corpus
from tocsin.languages import QueryError
from tocsin.server import eql, search
from tocsin.server.answers import answer
from tocsin.server.body import Budget
from tocsin.server.hits import Shown, hit
from tocsin.server.question import (
    LARGEST,
    Target,
    asked_text,
    dated,
    known_only,
    object_of,
    of_ids,
    query_of,
    question_of,
    span_of,
)
from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.routes import Way
from tocsin.server.scrolls import Scrolls
from tocsin.store.error import StoreAwayError, StoreError
from tocsin.store.export import INDEX, document_of

LONGEST = 120.0
"""Seconds that a question may take."""

ASKED = ("GET", "POST")

SAID = frozenset(
    {
        "q",
        "default_operator",
        "df",
        "size",
        "from",
        "sort",
        "scroll",
        "_source",
        "_source_includes",
        "_source_excludes",
        "rest_total_hits_as_int",
        "typed_keys",
    }
)
"""What a query string may say of a search."""

PASSED = frozenset(
    {
        "allow_no_indices",
        "allow_partial_search_results",
        "allow_partial_sequence_results",
        "analyze_wildcard",
        "batched_reduce_size",
        "ccs_minimize_roundtrips",
        "error_trace",
        "expand_wildcards",
        "explain",
        "filter_path",
        "force_synthetic_source",
        "format",
        "human",
        "ignore_throttled",
        "ignore_unavailable",
        "keep_alive",
        "keep_on_completion",
        "lenient",
        "max_concurrent_shard_requests",
        "pre_filter_shard_size",
        "preference",
        "pretty",
        "request_cache",
        "routing",
        "scroll_id",
        "search_type",
        "seq_no_primary_term",
        "timeout",
        "track_scores",
        "track_total_hits",
        "version",
        "wait_for_completion_timeout",
    }
)
"""What it may say that changes nothing of what is found."""


@dataclass(slots=True)
class Reading:
    """Answers questions about what is stored.

    ``workers``: those that search; few, since they share the processors with ingest. ``clock``: the
    wall clock, ms since 1970.
    """

    corpus: Corpus
    workers: Executor
    clock: Callable[[], int]
    longest: float = LONGEST
    scrolls: Scrolls = field(default_factory=Scrolls)
    budget: Budget = field(default_factory=lambda: Budget(64 * LARGEST))

    def ways(self) -> list[Way]:
        """The paths."""
        return [
            Way((*ASKED, "DELETE"), "/_search/scroll", self.scroll, "read"),
            Way(ASKED, "/_search", self.search, "read"),
            Way(ASKED, "/{index}/_search", self.search, "read"),
            Way(ASKED, "/_count", self.count, "read"),
            Way(ASKED, "/{index}/_count", self.count, "read"),
            Way(ASKED, "/{index}/_eql/search", self.eql, "read"),
            Way(("GET", "HEAD"), "/{index}/_doc/{id}", self.document, "read"),
            Way(("GET", "HEAD"), "/{index}/_source/{id}", self.source, "read"),
        ]

    async def search(self, request: Request) -> Response:
        """``/{index}/_search``."""
        body, target, now = await question_of(request, self.budget), _target(request), self.clock()
        known_only(request.query_params, SAID, PASSED)
        asked = search.asked_of(body, asked_text(request), **_given(request))
        asked.clauses = dated(of_ids(asked.clauses, alerts=target.alerts), now)
        asked.typed = _says(request, "typed_keys")
        alive = request.query_params.get("scroll")

        def work(told: Callable[[], None]) -> dict[str, Any]:
            source = target.source(self.corpus, span_of(asked.clauses, now))
            if alive is not None:
                found = self.scrolls.begin(source, target.patterns, asked, alive, told)
            else:
                found = search.searched(source, target.patterns, asked, told)
            return _with_total(request, found)

        return await self._answered(request, work)

    async def scroll(self, request: Request) -> Response:
        """``/_search/scroll``: the next page of a scroll, or with ``DELETE`` its end."""
        body = {**request.query_params, **await self._object(request)}
        name, alive = body.get("scroll_id", ""), str(body.get("scroll", "1m"))
        names = [str(one) for one in name] if isinstance(name, list) else str(name).split(",")
        if request.method == "DELETE":
            freed = self.scrolls.end(names)
            return answer(request, {"succeeded": True, "num_freed": freed}, 200 if freed else 404)
        return await self._answered(
            request, lambda _: _with_total(request, self.scrolls.go_on(names[0], alive))
        )

    async def count(self, request: Request) -> Response:
        """``/{index}/_count``."""
        body, target, now = (
            object_of(await question_of(request, self.budget)),
            _target(request),
            self.clock(),
        )
        if set(body) - {"query"}:
            raise bad_request("a count takes a [query] and nothing else", "parsing_exception")
        known_only(request.query_params, frozenset({"q", "default_operator", "df"}), PASSED)
        asked = [*asked_text(request), *query_of(body)]
        clauses = dated(of_ids(asked, alerts=target.alerts), now)

        def work(told: Callable[[], None]) -> dict[str, Any]:
            source = target.source(self.corpus, span_of(clauses, now))
            count = search.counted(source, target.patterns, clauses, told)
            return {"count": count, "_shards": {"total": 1, "successful": 1, "failed": 0}}

        return await self._answered(request, work, timed=False)

    async def eql(self, request: Request) -> Response:
        """``/{index}/_eql/search``."""
        body, target, now = (
            object_of(await question_of(request, self.budget)),
            _target(request),
            self.clock(),
        )
        eql.checked(body)
        given = body.get("filter")
        known_only(request.query_params, frozenset(), PASSED)
        asked = [] if given is None else given if isinstance(given, list) else [given]
        clauses = dated(of_ids(asked, alerts=target.alerts), now)

        def work(told: Callable[[], None]) -> dict[str, Any]:
            source = target.source(self.corpus, span_of(clauses, now))
            return eql.answered(source, target.patterns, body, clauses, told)

        return await self._answered(request, work)

    async def document(self, request: Request) -> Response:
        """``/{index}/_doc/{id}``: an alert by its id."""
        found = await self._alert(request)
        index, name = request.path_params["index"], request.path_params["id"]
        if found is None:
            return answer(request, {"_index": index, "_id": name, "found": False}, 404)
        shown = hit(found, INDEX, name, Shown(None))
        shown.pop("_score")
        return answer(request, {**shown, "_version": 1, "found": True})

    async def source(self, request: Request) -> Response:
        """``/{index}/_source/{id}``: the same without anything around it."""
        found = await self._alert(request)
        if found is None:
            name = request.path_params["id"]
            raise RefusedError(404, "resource_not_found_exception", f"Document not found [{name}]")
        return answer(request, found)

    async def _object(self, request: Request) -> dict[str, Any]:
        return object_of(await question_of(request, self.budget))

    async def _alert(self, request: Request) -> dict[str, Any] | None:
        target, name = _target(request), request.path_params["id"]
        if not target.alerts:
            raise bad_request(f"only documents of {INDEX} are found by their ids")
        kept = await asyncio.to_thread(self.corpus.store.one, name)
        return None if kept is None else document_of(kept)

    async def _answered(
        self,
        request: Request,
        work: Callable[[Callable[[], None]], dict[str, Any]],
        *,
        timed: bool = True,
    ) -> Response:
        """What a worker finds, with the time it took."""
        began = time.monotonic()

        def told() -> None:
            if time.monotonic() - began > self.longest:
                reason = f"the search took longer than {self.longest:.0f} seconds"
                raise RefusedError(400, "timeout_exception", reason)

        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self.workers, work, told)
        except QueryError as error:
            reasons = "; ".join(entry.message for entry in error.diagnostics)
            raise bad_request(reasons, "parsing_exception") from None
        except StoreAwayError:
            raise
        except (ValueError, StoreError) as error:
            raise bad_request(str(error)) from None
        took = {"took": int((time.monotonic() - began) * 1000)} if timed else {}
        return answer(request, {**took, **found})


def _given(request: Request) -> dict[str, Any]:
    """What the query string says of a search."""
    params = request.query_params
    given: dict[str, Any] = {key: params[key] for key in ("size", "from", "sort") if key in params}
    if "_source" in params:
        shown = params["_source"]
        given["_source"] = shown == "true" if shown in {"true", "false"} else shown.split(",")
    parts = {
        key: params[f"_source_{key}"].split(",")
        for key in ("includes", "excludes")
        if f"_source_{key}" in params
    }
    return {**given, "_source": parts} if parts else given


def _says(request: Request, key: str) -> bool:
    """Whether the query string says yes to something."""
    return request.query_params.get(key, "false") in {"", "true"}


def _with_total(request: Request, found: dict[str, Any]) -> dict[str, Any]:
    """What was found; the number of hits as older clients read it, if that is asked for."""
    if _says(request, "rest_total_hits_as_int"):
        found["hits"]["total"] = found["hits"]["total"]["value"]
    return found


def _target(request: Request) -> Target:
    return Target(request.path_params.get("index", ""))
