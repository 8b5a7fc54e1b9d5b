"""`thanks`: thank somebody, for a reason or a message."""

from bot.commands.entries.wording import entry_label, person_names
from bot.commands.kit import resolve
from bot.commands.kit.audience import place_of_entry, sees_place
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import person_name
from bot.commands.kit.parameters import (
    CONTRIBUTION,
    PEOPLE,
    REASON,
    EntryNumber,
    Parameter,
)
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import pluralize
from bot.community.communities import Community
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.thanks import give, take_back

_EXAMPLES = (
    "thanks @ada for showing me around",
    "thanks @ada @grace for the meetup",
    "thanks https://discord.com/channels/1/2/3",
)


async def undo(request: Request) -> Reply:
    """Answer `thanks-undo [number]`."""
    giver, number = resolve.asker(request), request.arguments.get("number")
    entry = await take_back(
        request.community, giver, number if isinstance(number, int) else None, request.now_ms
    )
    if entry is None:
        return Reply(
            title="Nothing to take back",
            text="You thanked nobody yet.",
            private=True,
        )
    text = "They count no more, as if they had never been; you have them for this week again."
    if not sees_place(request, entry.place):
        return Reply(title=f"Thanks {entry.number} were taken back", text=text)
    name, whom = (
        person_name(request.community, giver),
        person_names(request.community, entry.shares),
    )
    return Reply(title=f"{name} takes back thanks to {whom}", text=text)


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
        after=f"{given.id} · {pluralize(given.left, 'more', 'more')} this week. "
        f"{request.command_line('cred explain', given.id)} shows what they gave.",
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
        "message: reply to it, give its link, or pick “Thank for this” from its menu. Within "
        "an hour, thanks undo takes them back."
    ),
    handler=thanks,
    parameters=(
        Parameter("who", PEOPLE, "Whom; with a message, whoever wrote it if nobody.", "@ada"),
        Parameter(
            "message", CONTRIBUTION, "The message that they are for.", "a message's link"
        ),
        Parameter(
            "reason", REASON, "What for; needed without a message.", "for showing me around"
        ),
    ),
    asked_most=(("thanks @ada for …", "gives them cred"),),
    examples=_EXAMPLES,
    aliases=("thank",),
)

THANKS_UNDO = Command(
    group="",
    name="thanks-undo",
    summary="Take back thanks that you gave within the last hour.",
    details=(
        "Your latest, or those of the number that was shown. They count no more, and you have "
        "them for the week again. What is wrong in them, give anew."
    ),
    handler=undo,
    parameters=(
        Parameter("number", EntryNumber("thanks"), "Which; your latest if none.", "thanks:7"),
    ),
    asked_most=(("thanks-undo", "takes it back"),),
    examples=("thanks undo", "thanks undo thanks:7"),
    aliases=("thank-undo",),
)
