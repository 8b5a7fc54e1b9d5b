"""Which settings a community has."""

from bot.community.settings.definitions import format_value
from tests.bot.community.settings.declared import FORUM, catalogue_of


def test_every_definition_takes_its_own_example_and_shows_it_back() -> None:
    for definition in catalogue_of(FORUM).definitions:
        value = definition.parse(definition.example)

        assert definition.parse(format_value(value)) == value, definition.key
