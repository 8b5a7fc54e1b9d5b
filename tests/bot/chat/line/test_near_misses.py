"""What is answered after a prefix that other bots share."""

import pytest

from bot.chat.line.parse import is_meant_for_us, parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.errors import UserError

REGISTRY = build_registry()


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        ("creds", "cred"),
        ("cerd @ada", "cred"),
        ("leadrboard", "cred board"),
        ("leaderbord 2", "cred board"),
        ("levle", "cred"),
        ("rnak", "cred"),
        ("thansk @ada for it", "thanks"),
        ("contribution 7", "contrib"),
        ("contribs", "contrib"),
        ("initiatives", "initiative"),
        ("intiative", "initiative"),
        ("privcy", "privacy"),
        ("amdin health", "help admin"),
        ("HLEP", "help"),
        ("credboard", "cred board"),
        ("crdeboard", "cred board"),
        ("melink", "me link"),
    ],
)
def test_a_near_miss_after_the_prefix_gets_a_suggestion(line: str, suggestion: str) -> None:
    assert is_meant_for_us(line, REGISTRY)

    with pytest.raises(UserError) as mistake:
        parse(line, REGISTRY, "discord")

    assert mistake.value.try_lines == (suggestion,)
    parse(suggestion, REGISTRY, "discord")


@pytest.mark.parametrize(
    "line",
    [
        "play song", "creditcard", "credits", "crew", "create", "store", "core", "rang", "bank",
        "tank", "hello", "hell", "held", "thinks", "thanos", "private", "control", "tops",
        "men", "meme", "mee6", "warn @ada", "roll 2d6", "8ball", "card show", "lb2", "!", "!!",
        "?", " cred", "", "...", "rank5", "cred/ada", "ping", "kick", "ban @ada", "poll",
    ],
)  # fmt: skip
def test_what_belongs_to_another_bot_is_left_alone(line: str) -> None:
    assert not is_meant_for_us(line, REGISTRY)


@pytest.mark.parametrize("line", ["rank", "TOP 2", "thanks! @ada", "cred", "levels", "cred?"])
def test_commands_and_nicknames_after_the_prefix_are_ours(line: str) -> None:
    assert is_meant_for_us(line, REGISTRY)
