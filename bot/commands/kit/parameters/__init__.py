"""The types of parameters that commands take; `parameter` says what a type defines."""

from bot.commands.kit.parameters.changes import CHANGES
from bot.commands.kit.parameters.coming_week import COMING_WEEK
from bot.commands.kit.parameters.contribution import CONTRIBUTION
from bot.commands.kit.parameters.date import DATE
from bot.commands.kit.parameters.introduced import Introduced
from bot.commands.kit.parameters.number import NUMBER, EntryNumber
from bot.commands.kit.parameters.parameter import Parameter, ParameterType
from bot.commands.kit.parameters.people import PEOPLE, SHARES
from bot.commands.kit.parameters.period import PERIOD, SINCE
from bot.commands.kit.parameters.person import ACCOUNT, PERSON, PERSON_OR_CONTRIBUTION
from bot.commands.kit.parameters.text import REASON, TEXT, TITLE, URL, WORD, Alternative, Choice

__all__ = [
    "ACCOUNT",
    "CHANGES",
    "COMING_WEEK",
    "CONTRIBUTION",
    "DATE",
    "NUMBER",
    "PEOPLE",
    "PERIOD",
    "PERSON",
    "PERSON_OR_CONTRIBUTION",
    "REASON",
    "SHARES",
    "SINCE",
    "TEXT",
    "TITLE",
    "URL",
    "WORD",
    "Alternative",
    "Choice",
    "EntryNumber",
    "Introduced",
    "Parameter",
    "ParameterType",
]
