"""What is doubtful about rules that load: advice to their authors, before anything runs."""

from tocsin.lint.allow import Judged, judge
from tocsin.lint.lint import lint

__all__ = ["Judged", "judge", "lint"]
