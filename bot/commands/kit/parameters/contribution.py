"""Contributions named by a link, or by what they are and their number."""

from collections.abc import Mapping, Sequence

from bot.commands.kit.arguments import Argument, ContributionLink
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Parameter,
    ParameterType,
    Picked,
    Reading,
    Typed,
)
from bot.commands.kit.words import Word, parse_link, read_link, write_link

_ENTRY_TYPES = frozenset({"contribution", "initiative", "thanks"})


class ContributionType(ParameterType[ContributionLink]):
    """A link to a message, "contribution 7", "initiative 2". Read as a `ContributionLink`."""

    syntax = "A link to a message, or something by its number, such as {}."
    is_part = True
    names_contribution = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the contribution of one word, or of two."""
        source = typed.context.source
        if link := read_link(typed.words[0], source):
            return [(link, 1)]
        entry = read_entry(typed.words, source)
        return [(entry, 2)] if entry else []

    def write(self, argument: ContributionLink) -> str:
        """Return the link in its short form."""
        return write_link(argument)

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the contribution that was typed."""
        text = picked.get(parameter.name)
        if not isinstance(text, str):
            return None
        words = [Word(word) for word in text.replace("#", "").split()]
        entry = read_entry(words, context.source) if len(words) == 2 else None
        return entry or pick_link(text, context.source)


def read_entry(words: Sequence[Word], source: str) -> ContributionLink | None:
    """Return what two words such as "contribution 7" or "initiative #2" name."""
    if len(words) < 2 or words[0].quoted:
        return None
    entry_type = words[0].text.casefold()
    if entry_type not in _ENTRY_TYPES:
        return None
    return parse_link(f"{entry_type}:{words[1].text.casefold().replace('#', '')}", source)


def pick_link(text: str, source: str) -> ContributionLink:
    """Return what a link that was filled in leads to.

    Raises
    ------
    UserError
        If it is no link.
    """
    link = parse_link(text.strip(), source)
    if link is None:
        raise UserError(
            "That is no link to a message. Copy one from the message's own menu (⋯, or a long "
            "press); thanks and work have a number: thanks:1, contribution:7.",
            title="Which message?",
        )
    return link


CONTRIBUTION = ContributionType()
