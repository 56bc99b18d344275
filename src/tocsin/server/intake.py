"""The ingest dialect over HTTP: bulk requests, single events, and audit events of Kubernetes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.action import Action, Fault
from tocsin.server.answers import answer, check_media_type, filtered, raw_answer, typed
from tocsin.server.body import Body, Budget
from tocsin.server.bulk import Bulk, read_audit, read_bulk, read_one
from tocsin.server.bulk_answer import bulk_answer, item, name_of
from tocsin.server.ingest import Ingest
from tocsin.server.limits import Limits
from tocsin.server.refusal import RefusedError

LOG = logging.getLogger("tocsin.server")

MOST_FAULTS = 10
"""Audit events of which the answer says why they were refused."""

MOST_TOLD = 1_000
"""Pipelines of which it is said that they are not run."""

_Found = TypeVar("_Found")

BEHIND = Fault(
    429,
    "es_rejected_execution_exception",
    "the engine is too far behind what was accepted; try again later",
)


@dataclass(slots=True)
class Intake:
    """Takes events from requests.

    ``workers`` split, judge and write, so that the loop only moves bytes. ``behind``: bytes of the
    journal that the engine has before it.
    """

    ingest: Ingest
    limits: Limits
    budget: Budget
    workers: Executor
    behind: Callable[[], int]
    _pipelines: set[str] = field(default_factory=set)

    async def bulk(self, request: Request) -> Response:
        """``POST /_bulk``, ``POST /{index}/_bulk``."""
        began = time.perf_counter()
        index = request.path_params.get("index", "")
        pipeline = request.query_params.get("pipeline", "")
        part = filtered(request)

        def work(body: Body) -> tuple[bytes, int]:
            bulk = read_bulk(body.text(), index, self.limits)
            positions = self._accepted(bulk)
            self._tell_of({pipeline, *(kind.pipeline for kind in bulk.actions.used)})
            took = int((time.perf_counter() - began) * 1000)
            again = next((fault for fault in bulk.faults.values() if fault.passing), None)
            status = 200 if again is None else again.status
            text = bulk_answer(bulk, positions, took, part, again, typed=typed(request))
            return text, status

        text, status = await self._worked(request, work)
        again = {} if status == 200 else {"Retry_After": "1"}
        return raw_answer(request, text, status, **again)

    async def document(self, request: Request) -> Response:
        """``PUT|POST /{index}/_doc[/{id}]``, ``PUT|POST /{index}/_create/{id}``."""
        creates = "/_create/" in request.scope["path"]
        verb = "create" if creates or request.query_params.get("op_type") == "create" else "index"
        pipeline = request.query_params.get("pipeline", "")
        names = request.path_params
        action = Action(verb, names.get("index", ""), names.get("id", ""))

        def work(body: Body) -> tuple[int, dict[str, object]]:
            bulk = read_one(body.text(), action, self.limits)
            position = self._accepted(bulk)[0]
            self._tell_of({pipeline})
            if fault := bulk.faults.get(0):
                again = {"Retry_After": "1"} if fault.passing else {}
                raise RefusedError(fault.status, fault.kind, fault.reason, **again)
            named = bulk.actions[0]
            name = name_of(named, bulk.lines[0])
            made = item(named, name, position, None, typed=typed(request))
            return made.pop("status"), made

        status, document = await self._worked(request, work)
        return answer(request, document, status)

    async def audit(self, request: Request) -> Response:
        """``POST /_kubernetes/audit``: what the audit webhook of an API server sends.

        Events that are none are refused alone and told of: API servers look at nothing but the
        status, and a list that is refused is lost as a whole.
        """

        def work(body: Body) -> dict[str, object]:
            bulk = read_audit(body.text(), self.limits)
            self._accepted(bulk)
            for fault in bulk.faults.values():
                if fault.passing:
                    raise RefusedError(fault.status, fault.kind, fault.reason, Retry_After="1")
            faults = sorted(bulk.faults.items())
            if faults:
                row, fault = faults[0]
                told = {"events": len(faults), "item": row, "reason": fault.reason[:500]}
                LOG.warning("audit events were refused", extra=told)
            return {
                "accepted": len(bulk.actions) - len(faults),
                "refused": len(faults),
                "faults": [
                    {"item": row, "type": fault.kind, "reason": fault.reason}
                    for row, fault in faults[:MOST_FAULTS]
                ],
            }

        return answer(request, await self._worked(request, work))

    def _accepted(self, bulk: Bulk) -> list[int]:
        """The position behind each event; none is taken while the engine is too far behind."""
        if self.behind() > self.limits.behind:
            bulk.refuse(BEHIND)
        return self.ingest.accept(bulk)

    def _tell_of(self, pipelines: Iterable[str]) -> None:
        """Say once of each that it is not run."""
        for name in pipelines:
            if (
                name in {"", "_none"}
                or name in self._pipelines
                or len(self._pipelines) >= MOST_TOLD
            ):
                continue
            self._pipelines.add(name)
            LOG.warning("no ingest pipeline is run", extra={"pipeline": name[:200]})

    async def _worked(self, request: Request, work: Callable[[Body], _Found]) -> _Found:
        """What a worker makes of the body."""
        check_media_type(request)
        body = Body(request, self.limits, self.budget)
        try:
            await body.read()
            loop = asyncio.get_running_loop()
            done = loop.run_in_executor(self.workers, work, body)
        except BaseException:
            body.close()
            raise
        done.add_done_callback(lambda _: body.close())
        return await asyncio.shield(done)
