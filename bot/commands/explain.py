"""`cred explain`: what cred came from, in parts that sum to the whole."""

from bot.commands.errors import UserMistake
from bot.commands.model import Command, Parameter, Reply, Request, Takes
from bot.commands.show import PERIOD


async def explain(request: Request) -> Reply:
    """Answer `cred explain [thing] [period]`."""
    raise UserMistake(f"Not yet, {request.actor_name}.", title="Soon")


EXPLAIN = Command(
    group="cred",
    name="explain",
    summary="What somebody's cred, or a message's, came from.",
    details=(
        "The parts sum to the whole: each is what flowed in through one contribution. For a "
        "message, give its link."
    ),
    handler=explain,
    parameters=(
        Parameter(
            "thing", Takes.THING, "Whose, or a link to a message; yours if none.", "@ada"
        ),
        PERIOD,
    ),
    examples=("cred explain", "cred explain @ada last month"),
    aliases=("why",),
    heavy=True,
)
