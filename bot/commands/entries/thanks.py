"""`thanks`: thank somebody, for a reason or a message."""

from bot.commands.entries.wording import entry_label, person_names
from bot.commands.kit import resolve
from bot.commands.kit.audience import place_of_entry
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import person_name
from bot.commands.kit.parameters import CONTRIBUTION, PEOPLE, REASON, Parameter
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import pluralize
from bot.community.communities import Community
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.thanks import give

_EXAMPLES = (
    "thanks @ada for showing me around",
    "thanks @ada @grace for the meetup",
    "thanks https://discord.com/channels/1/2/3",
)


async def thanks(request: Request) -> Reply:
    """Answer `thanks [who] [message] [reason]`."""
    giver, receivers = resolve.asker(request), resolve.shares(request, "who")
    reason = resolve.text(request, "reason")
    about = await resolve.contribution(request, "message", may_be_hidden=bool(receivers))
    if not receivers and about is None:
        raise UserError(
            "Say whom you thank, and what for:", title="Which people?", try_lines=_EXAMPLES[:2]
        )
    if about is None and not reason:
        raise UserError("Say what for:", title="What for?", try_lines=_EXAMPLES[:2])
    community = request.community
    given = await give(
        community,
        giver,
        [*receivers],
        reason=reason,
        about=about,
        place=place_of_entry(request),
        now_ms=request.now_ms,
    )
    whom = person_names(community, given.receivers)
    return Reply(
        title=f"{person_name(community, giver)} thanks {whom}",
        text=f"For {reason}" if reason else f"For {_label(community, about)}.",
        after=f"{given.id} · {pluralize(given.left, 'more', 'more')} this week",
    )


def _label(community: Community, about: PlatformId | None) -> str:
    """Return what to call the contribution that thanks are for."""
    number = about and community.directory.contribution_number(about.source, about.id)
    label = entry_label(community, number) if number else None
    return label or "a message"


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
        Parameter("who", PEOPLE, "Whom; whoever did it if nobody.", "@ada"),
        Parameter(
            "message", CONTRIBUTION, "The message that they are for.", "a message's link"
        ),
        Parameter("reason", REASON, "What for.", "for showing me around"),
    ),
    asked_most=(("thanks @ada for …", "gives them cred"),),
    examples=_EXAMPLES,
    aliases=("thank",),
)
