"""What scripts, machines and stored data rely on is as it was recorded. See `golden` for what may be added."""

from typing import Any

import pytest

from tests.contracts import command_line, golden, observed, record

RECORDED_HELP = golden.read("help.txt")


def test_commands_options_types_and_defaults_are_as_they_were() -> None:
    assert list(golden.broken(golden.read("commands.json"), command_line.tree())) == []


def test_what_was_added_to_a_command_need_not_be_given() -> None:
    recorded = golden.read("commands.json")
    added = [
        (command, name)
        for command, parameters in command_line.tree().items()
        for name, parameter in parameters.items()
        if command in recorded and name not in recorded[command] and parameter["required"]
    ]
    assert added == []


def test_help_is_as_it_was_worded() -> None:
    """Where only words differ: `python -m tests.contracts.record help`."""
    assert record.as_text(command_line.help_texts()).splitlines() == RECORDED_HELP.splitlines()


def test_settings_keep_their_names_types_limits_and_defaults() -> None:
    recorded = golden.read("environment.json")
    now = {"settings": observed.settings(), "other": observed.other_names()}
    assert list(golden.broken(recorded, now)) == []


@pytest.mark.parametrize(
    ("was", "is_now", "said"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"b": 1}, ["a: gone (it was 1)"]),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, ['a[0] → b: was "x", is "y"']),
        ({"a": [1]}, {"a": [1, 2]}, ["a: was [1], is [1, 2]"]),
        ({"a": 1}, {"a": True}, ["a: was 1, is true"]),
    ],
)
def test_what_is_gone_or_changed_is_told_and_what_is_new_is_not(was: Any, is_now: Any, said: list[str]) -> None:
    assert list(golden.broken(was, is_now)) == said
