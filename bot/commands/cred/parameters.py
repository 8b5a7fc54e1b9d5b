"""Parameters that several commands of `cred …` take."""

from typing import Final

from bot.commands.kit.parameters import PERIOD, PERSON, Parameter

PERSON_PARAMETER: Final = Parameter("person", PERSON, "Whose; yours by default.", "@ada")
PERIOD_PARAMETER: Final = Parameter(
    "period", PERIOD, "Which weeks; all by default.", "last month"
)
