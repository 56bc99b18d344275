"""Live engines in processes of their own, none of which outlives its test."""

import pytest
from bench.served import Served


@pytest.fixture
def served():
    """Make engines; whatever becomes of the test, they end with it."""
    made = []

    def make(*arguments):
        made.append(Served(*arguments))
        return made[-1]

    yield make
    for engine in made:
        engine.end()
