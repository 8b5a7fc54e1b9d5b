"""`thanks`: thank somebody, for a reason or a message."""

from dataclasses import replace

from bot.commands.entries import entry_arguments
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import ITEM, PEOPLE, REASON, Parameter
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import pluralize
from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services import people
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.thanks import give

_MOST_WORDS_OF_A_NAME = 4
_EXAMPLES = (
    "thanks @ada for showing me around",
    "thanks @ada @grace for the meetup",
    "thanks https://discord.com/channels/1/2/3",
)


async def thanks(request: Request) -> Reply:
    """Answer `thanks [who] [message] [reason]`."""
    giver, (receivers, reason) = entry_arguments.me(request), _whom_and_why(request)
    about = entry_arguments.link(request, "message")
    if not receivers and about is None:
        raise UserError(
            "Say whom you thank, and what for:", title="Which people?", try_lines=_EXAMPLES[:2]
        )
    if about is None and not reason:
        raise UserError("Say what for:", title="What for?", try_lines=_EXAMPLES[:2])
    community = request.community
    try:
        given = await give(
            community, giver, [*receivers], reason=reason, about=about, now_ms=request.now_ms
        )
    except NotAllowedError as error:
        raise UserError(str(error), title="No thanks") from error
    whom = entry_arguments.listed(community, given.receivers)
    return Reply(
        title=f"{entry_arguments.named(community, giver)} thanks {whom}",
        text=f"For {reason}" if reason else f"For {_called(community, about)}.",
        after=f"{given.id} · {pluralize(given.left, 'more', 'more')} this week",
    )


def _whom_and_why(request: Request) -> tuple[dict[int, int], str]:
    """Return who is thanked and what for.

    "@Ada Okonjo for the tour", typed and not picked, reads as somebody called Ada and the rest
    as words. Where there is an Ada Okonjo it is her, and surely no other Ada.
    """
    given, reason = request.arguments.get("who", ()), entry_arguments.text(request, "reason")
    people_given = given if isinstance(given, tuple) else ()
    last = people_given[-1].person if people_given else None
    words = reason.split(" ")
    for count in range(min(len(words), _MOST_WORDS_OF_A_NAME - 1), 0, -1):
        whole = f"{last} {' '.join(words[:count])}"
        if isinstance(last, str) and _is_a_name(request, whole):
            rest = words[count + (words[count : count + 1] == ["for"]) :]
            people_given = (*people_given[:-1], replace(people_given[-1], person=whole))
            arguments = {**request.arguments, "who": people_given}
            return entry_arguments.chosen(
                replace(request, arguments=arguments), "who"
            ), " ".join(rest)
    return entry_arguments.chosen(request, "who"), reason


def _called(community: Community, about: PlatformId | None) -> str:
    """Return what to call what thanks are for."""
    number = about and community.names.contribution_number(about.source, about.id)
    named = entry_arguments.of_contribution(community, number) if number else None
    return named or "a message"


def _is_a_name(request: Request, text: str) -> bool:
    """Tell whether somebody who may be shown is called exactly so."""
    found = people.find_by_text(request.community, request.source, text, asker=request.actor)
    called = found.candidates if isinstance(found, people.AmbiguousMatch) else (found,)
    return any(
        isinstance(one, people.Person)
        and request.community.names.account_name(one.account).casefold() == text.casefold()
        for one in called
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
        Parameter("who", PEOPLE, "Whom; whoever did it if nobody.", "@ada"),
        Parameter("message", ITEM, "The message that they are for.", "a message's link"),
        Parameter("reason", REASON, "What for.", "for showing me around"),
    ),
    examples=_EXAMPLES,
    aliases=("thank",),
)
