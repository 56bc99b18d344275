"""The ingest dialect over HTTP: bulk requests and single events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from tocsin.server.answers import answer, check_media_type, filtered, raw_answer
from tocsin.server.body import Body, Budget
from tocsin.server.bulk import Action, read_bulk, read_one
from tocsin.server.bulk_answer import bulk_answer, item, name_of
from tocsin.server.ingest import Ingest
from tocsin.server.limits import Limits
from tocsin.server.refusal import RefusedError, busy

_Found = TypeVar("_Found")


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

    async def bulk(self, request: Request) -> Response:
        """``POST /_bulk``, ``POST /{index}/_bulk``."""
        began = time.perf_counter()
        index = request.path_params.get("index", "")
        part = filtered(request)

        def work(body: Body) -> bytes:
            bulk = read_bulk(body.text(), index, self.limits.event)
            positions = self.ingest.accept(bulk)
            took = int((time.perf_counter() - began) * 1000)
            return bulk_answer(bulk, positions, took, part)

        return raw_answer(request, await self._worked(request, work))

    async def document(self, request: Request) -> Response:
        """``PUT|POST /{index}/_doc[/{id}]``, ``PUT|POST /{index}/_create/{id}``."""
        creates = "/_create/" in request.url.path
        verb = "create" if creates or request.query_params.get("op_type") == "create" else "index"
        names = request.path_params
        action = Action(verb, names.get("index", ""), names.get("id", ""))

        def work(body: Body) -> tuple[int, dict[str, object]]:
            bulk = read_one(body.text(), action, self.limits.event)
            position = self.ingest.accept(bulk)[0]
            if fault := bulk.faults.get(0):
                again = {"Retry_After": "1"} if fault.status == 429 else {}
                raise RefusedError(fault.status, fault.kind, fault.reason, **again)
            made = item(action, name_of(action, bulk.lines[0]), position, None)
            return made.pop("status"), made

        status, document = await self._worked(request, work)
        return answer(request, document, status)

    async def _worked(self, request: Request, work: Callable[[Body], _Found]) -> _Found:
        """What a worker makes of the body."""
        check_media_type(request)
        if self.behind() > self.limits.behind:
            raise busy("the engine is too far behind what was accepted; try again later")
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
