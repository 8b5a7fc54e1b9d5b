"""`thanks`: thank somebody, for a reason or a message."""

from bot.commands import entered
from bot.commands.errors import UserMistake
from bot.commands.model import Command, Parameter, Reply, Request, Takes
from bot.commands.wording import counted
from bot.services.errors import RefusedError
from bot.services.thanks import give

_EXAMPLES = (
    "thanks @ada for showing me around",
    "thanks @ada @grace for the meetup",
    "thanks https://discord.com/channels/1/2/3",
)


async def thanks(request: Request) -> Reply:
    """Answer `thanks [who] [message] [reason]`."""
    giver, receivers = entered.me(request), entered.chosen(request, "who")
    about, reason = entered.link(request, "message"), entered.text(request, "reason")
    if not receivers and about is None:
        raise UserMistake(
            "Say whom you thank, and what for:", title="Which people?", try_lines=_EXAMPLES[:2]
        )
    if about is None and not reason:
        raise UserMistake("Say what for:", title="What for?", try_lines=_EXAMPLES[:2])
    community = request.community
    try:
        given = await give(
            community, giver, [*receivers], reason=reason, about=about, now_ms=request.now_ms
        )
    except RefusedError as error:
        raise UserMistake(str(error), title="No thanks") from error
    whom = entered.listed(community, given.receivers)
    return Reply(
        title=f"{entered.named(community, giver)} thanks {whom}",
        text=f"For {reason}" if reason else "For a message.",
        after=f"{given.id} · {counted(given.left, 'more', 'more')} this week",
    )


THANKS = Command(
    group="",
    name="thanks",
    summary="Thank somebody for something that helped; it gives them cred.",
    details=(
        "Thanks give cred to whom they thank, none to you. You have some for each week. For a "
        "message: reply to it, give its link, or pick “Thank for this” from its menu."
    ),
    handler=thanks,
    parameters=(
        Parameter("who", Takes.PEOPLE, "Whom; the message's author if nobody.", "@ada"),
        Parameter("message", Takes.ITEM, "The message that they are for.", "a message's link"),
        Parameter("reason", Takes.TEXT, "What for.", "for showing me around"),
    ),
    examples=_EXAMPLES,
    aliases=("thank",),
)
