"""People, accounts, and things that are either a person or a contribution."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.commands.kit.arguments import Argument, ContributionLink, Mention
from bot.commands.kit.parameters.contribution import pick_link, read_entry
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Option,
    Parameter,
    ParameterType,
    Picked,
    Picker,
    Reading,
    Typed,
)
from bot.commands.kit.words import (
    Word,
    parse_account,
    quote,
    read_link,
    read_mention,
    read_name,
    write_link,
    write_mention,
)

_LINK = "link"


class PersonType(ParameterType[Mention | str]):
    """A mention, a name or an id. Read as a `Mention`, or as text as typed."""

    syntax = "A mention, a name or an id, such as {}."
    reads_any_text = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return a mention, or the longest known name, or else one word as a name.

        The reader adds further words to a name.
        """
        words, context = typed.words, typed.context
        mention = read_mention(_without_punctuation(words[0]), context.source)
        if mention is not None:
            return [(mention, 1)]
        name = read_name(words[0])
        more = takewhile(lambda word: not (word.quoted or word.is_name), words[1:])
        texts = [] if words[0].quoted else [name, *(word.text for word in more)]
        known = context.names.find_whole(texts)
        return [(known[-1][1], known[-1][0])] if known else [(name, 1)]

    def write(self, argument: Mention | str) -> str:
        """Return a mention, or the name in quotes."""
        return write_mention(argument) if isinstance(argument, Mention) else quote(argument)

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a field for a person."""
        return (parameter.option(Picker.USER),)


class AccountType(PersonType):
    """An account of any platform. Read as a `Mention`, or as text as typed.

    A mention, a name, an id, or one of these after its platform ("discourse:ada").
    """

    syntax = "A mention, a name or an id, or platform:name, such as {}."
    is_positional = True

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return a field for text: the account may be of another platform."""
        return ParameterType.options(self, parameter)

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the account that was typed, as a mention where it is one."""
        text = picked.get(parameter.name)
        return parse_account(text, context.source) if isinstance(text, str) else text


class PersonOrContributionType(PersonType):
    """A person or a contribution. Read as a person is, or as a `ContributionLink`."""

    syntax = "A person, such as {}, a link to a message, or thanks:1, contribution:7."
    names_contribution = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return a link or a person; for two words such as "contribution 7", that, too."""
        link = read_link(typed.words[0], typed.context.source)
        entry = read_entry(typed.words, typed.context.source)
        return [
            *([(link, 1)] if link else super().read(typed)),
            *([(entry, 2)] if entry else []),
        ]

    def write(self, argument: Mention | str | ContributionLink) -> str:
        """Return the link, or the person."""
        if isinstance(argument, ContributionLink):
            return write_link(argument)
        return super().write(argument)

    def options(self, parameter: Parameter) -> tuple[Option, ...]:
        """Return two fields, since none can be a person or a text."""
        link = Option(
            _LINK, Picker.TEXT, "A link to a message instead, or thanks:1, contribution:7."
        )
        return (*super().options(parameter), link)

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the contribution of the link, if there is one, else the person."""
        link = picked.get(_LINK)
        if isinstance(link, str):
            return pick_link(link, context.source)
        return super().from_options(parameter, picked, context)


def _without_punctuation(word: Word) -> Word:
    return Word(word.text.rstrip(",;:.!?"), quoted=word.quoted)


PERSON = PersonType()
ACCOUNT = AccountType()
PERSON_OR_CONTRIBUTION = PersonOrContributionType()
