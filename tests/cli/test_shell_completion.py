"""What the shell offers while a command is typed."""

import pytest
from click.shell_completion import ShellComplete

from tocsin.cli.main import tocsin


@pytest.mark.parametrize(
    ("typed", "begun", "offered"),
    [([], "sc", {"scan"}), (["scan"], "--reje", {"--rejects"}), (["scna"], "--v", {"--version"})],
)
def test_commands_and_options_are_offered_even_behind_a_slip(typed, begun, offered):
    completion = ShellComplete(tocsin, {}, "tocsin", "_TOCSIN_COMPLETE")
    assert {each.value for each in completion.get_completions(typed, begun)} == offered
