"""Parameters that several commands of `cred …` take."""

from typing import Final

from bot.commands.kit.parameters import PERIOD, PERSON, Parameter

PERSON_PARAMETER: Final = Parameter(
    "person", PERSON, "Whose; yours where nobody is named.", "@ada"
)
PERIOD_PARAMETER: Final = Parameter(
    "period", PERIOD, "Which weeks; all where nothing is said.", "last month"
)
