"""A community's settings about its forum, as typed, and the rules they make."""

import pytest

from bot.community.settings.definitions import date_ms
from bot.sources.discourse import SOURCE
from bot.sources.discourse.settings import DEFINITIONS, Rules, parse_url
from storage.canonical_json import Json


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://forum.example.org", "https://forum.example.org"),
        ("HTTPS://Forum.Example.Org/", "https://forum.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://example.org/Forum/", "https://example.org/Forum"),
        ("off", ""),
        ("NONE", ""),
        (None, ""),
    ],
)
def test_a_forum_s_address_is_kept_in_one_form(typed: Json, kept: str) -> None:
    assert parse_url(typed) == kept
    assert parse_url(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "forum.example.org",
            "ftp://forum.example.org",
            "https://",
            "https:///x",
            "https://[x",
        ),
        *("https://forum.example.org:port", "https://forum.example.org?x=1", "https://a b"),
        *("https://forum.example.org#x", "https://forum.example.org\0", 7, True, ["https://a"]),
        *("https://ada:secret@forum.example.org", "https://ada@forum.example.org"),
    ],
)
def test_what_is_no_forum_s_address_is_refused(typed: Json) -> None:
    with pytest.raises(ValueError, match=r"a forum's address such as") as refused:
        parse_url(typed)

    assert "secret" not in str(refused.value)


def rules_of(**chosen: Json) -> object:
    values: dict[str, Json] = {definition.key: definition.default for definition in DEFINITIONS}
    values |= {"history.start": None}
    values |= {key.replace("__", ".").replace("_", "-"): value for key, value in chosen.items()}
    return SOURCE.rules(values.__getitem__)


def test_choices_become_rules() -> None:
    assert rules_of() == Rules()
    assert rules_of(
        discourse__url="https://forum.example.org",
        discourse__categories_left_out=["5", "12"],
        discourse__bots=False,
        history__start="2026-01-31",
    ) == Rules(
        home="https://forum.example.org",
        excluded_categories=frozenset({"5", "12"}),
        start_ms=date_ms("2026-01-31"),
        include_bots=False,
    )


def test_every_definition_takes_its_own_example() -> None:
    for definition in DEFINITIONS:
        assert definition.parse(definition.example) != definition.default
        assert definition.parse(definition.parse(definition.example)) == definition.parse(
            definition.example
        )
