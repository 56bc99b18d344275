"""Names of files and folders on the command line: any text but none."""

from __future__ import annotations

from typing import Any

import click


class _Path(click.types.StringParamType):
    """A name that leads somewhere. An empty one is mostly a variable that was never set."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        text: str = super().convert(value, param, ctx)
        if not text:
            self.fail("the name is empty; . is this folder", param, ctx)
        return text


PATH = _Path()
