"""`me …`: one's own accounts; everything here is private.

A code that was typed where others read along is void: whoever gives it becomes the person who
asked for it.
"""

import logging
from typing import Final

from bot.commands.kit.arguments import Mention
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import ACCOUNT, TEXT, WORD, Parameter
from bot.commands.kit.registry import nearest
from bot.commands.kit.reply import Fact, Reply, Table
from bot.commands.kit.request import SLASH, Request
from bot.commands.kit.wording import amount, moment
from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError
from bot.community.identities.identities import MINUTES, Claim, Offer, is_code
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from cred.errors import CredError
from storage.errors import StorageError
from storage.people.linking import BY_CODE

log = logging.getLogger(__name__)

_EVERYWHERE: Final = (
    "from the beginning on and everywhere: cred, board, history, explanations and what is "
    "worked out from them. It is not quite the sum of the two, for it flows through one person "
    "then instead of two. Everybody can see then that these accounts are one person's."
)
_UNDO: Final = "undoes it at any time, and the scores are as if it had never been."


async def accounts(request: Request) -> Reply:
    """Answer `me accounts`."""
    await _in_private(request)
    community = request.community
    number = people.account_number(community, request.source, request.actor)
    if number is None:
        raise UserError(
            "I have not heard anything of you yet. "
            f"{request.command_line('me link')} links your accounts all the same.",
            title="No account yet",
        )
    mine = community.identities.accounts(number)
    ways = community.identities.ways(number)
    opted_out = people.is_opted_out(community, number)
    return Reply(
        title="Your accounts" if len(mine) > 1 else "Your account",
        text=(
            f"All of these are you: their cred is one person's. {request.command_line('me unlink')} "
            f"with one of them {_UNDO}"
            if len(mine) > 1
            else f"It is linked to no other. {request.command_line('me link')} links it to an account "
            f"of yours on another platform ({', '.join(_others(request)) or 'none yet'})."
        )
        + (
            " You opted out, with every account that is linked: nothing of yours is counted or "
            "shown, and nothing can be linked until you are in again."
            if opted_out
            else ""
        ),
        facts=() if opted_out else _cred_facts(request, ("Your cred", mine)),
        tables=(
            Table(
                ("Platform", "Account", "Linked by"),
                tuple(
                    (
                        community.names.account_source(one),
                        community.names.account_name(one),
                        ", ".join(
                            sorted({_way(text) for pair, text in ways.items() if one in pair})
                        )
                        or "–",
                    )
                    for one in mine
                ),
            ),
        ),
        private=True,
    )


async def link(request: Request) -> Reply:
    """Answer `me link [platform] [account]`; a code in the platform's place is shown."""
    code = _typed_code(request)
    await _in_private(request, code)
    if code and request.is_overheard:
        # To be looked at it would have to go on working, and somebody may be quicker.
        await request.community.identities.void(code)
        raise UserError(
            "Others could read that code where you wrote it, so it is void now. Ask for a new "
            "one, and show it to me in a private message.",
            title="Not in public",
        )
    if code:
        return await _offered(request, code)
    platform = _platform(request)
    wanted = _wanted(request, platform)
    try:
        started = await request.community.identities.start(
            _claim(request), platform, wanted, request.now_ms
        )
    except IdentityRefusedError as error:
        raise _refused(error) from error
    await request.community.names.refresh()
    number = people.account_number(request.community, request.source, request.actor)
    mine = request.community.identities.accounts(number) if number is not None else ()
    whose = f"the {platform} account “{wanted:.60}”" if wanted else f"your {platform} account"
    return Reply(
        title=f"Your code: {started.code}",
        text=(
            f"Give it from {whose}: there, send me “me confirm {started.code}” in private. "
            f"(“me link {started.code}” first shows what will happen.) It works once, until "
            f"{moment(started.expires_ms)} ({MINUTES} minutes), and only the newest does. Show "
            "it to nobody: whoever gives it becomes one person with you.\n\n"
            f"What will happen: the cred of that account and yours are one person's, "
            f"{_EVERYWHERE} {request.command_line('me unlink', platform)} {_UNDO}"
        ),
        facts=_cred_facts(request, ("Your cred now", mine)),
        private=True,
    )


async def confirm(request: Request) -> Reply:
    """Answer `me confirm [code]`."""
    given = request.arguments.get("code")
    code = given if isinstance(given, str) else ""
    await _in_private(request, code)
    if not is_code(code):
        raise UserError(
            "Say which code: the one that I showed you on the other platform. "
            "It looks like K7QX-2MPD-9RTV.",
            title="Which code?",
            try_lines=("help me link",),
        )
    community = request.community
    before = _standing(request)
    try:
        offer = await community.identities.confirm(code, _claim(request), request.now_ms)
    except IdentityRefusedError as error:
        raise _refused(error) from error
    await rescore(request)
    joined = tuple(sorted({*offer.one, *offer.other}))
    return Reply(
        title="Linked",
        text=(
            f"{_listed(community, joined)} are one person's now: their cred is counted "
            f"together, {_EVERYWHERE} {request.command_line('me unlink')} {_UNDO}"
        ),
        facts=(*_each(request, offer, before), *together(request, joined)),
        private=True,
    )


async def unlink(request: Request) -> Reply:
    """Answer `me unlink [account]`."""
    await _in_private(request)
    community = request.community
    number = people.account_number(community, request.source, request.actor)
    mine = () if number is None else community.identities.accounts(number)
    if len(mine) <= 1:
        raise UserError("Your account is linked to no other.", title="Nothing to undo")
    account = _own(request, mine)
    before = _standing(request)
    try:
        others = await community.identities.unlink(account, request.now_ms)
    except IdentityRefusedError as error:
        raise _refused(error) from error
    await rescore(request)
    return Reply(
        title="Un-linked",
        text=(
            f"{_listed(community, (account,))} is a person of its own again"
            + (
                f", and {_listed(community, others)} stay together"
                if len(others) > 1
                else f", and so is {_listed(community, others)}"
            )
            + ". Scores are as if it had never been linked."
            + (
                " Both stay opted out, each for itself."
                if people.is_opted_out(community, account)
                else ""
            )
        ),
        facts=(
            *_facts(community, (("Together before", mine),), before),
            *together(request, (account,), _listed(community, (account,))),
            *together(request, others, _listed(community, others)),
        ),
        private=True,
    )


async def rescore(request: Request) -> None:
    """Score what was just linked or un-linked, so that the reply can tell its cred.

    Where a recompute is under way already, or fails, a later one does: the reply says so.
    """
    community = request.community
    community.on_news()
    try:
        if not community.scoring.is_running:  # that may take long
            await community.scoring.recompute_if_due(request.now_ms)
    except (CredError, StorageError):
        log.exception("community %s is not scored", community.slug)
    await community.names.refresh()


def together(
    request: Request, accounts_of_one: tuple[int, ...], name: str = "Together now"
) -> tuple[Fact, ...]:
    """Return the cred of one person's accounts, or that the next recompute tells."""
    community, scores = request.community, _standing(request)
    if scores is None:
        return ()
    identities = community.identities
    group = identities.accounts(accounts_of_one[0])
    if group != identities.accounts(accounts_of_one[0], scores.events):
        return (Fact(name, "from the next recompute on"),)
    return _facts(community, ((name, accounts_of_one),), scores)


def each(
    request: Request, groups: tuple[tuple[int, ...], ...], scores: CommunityScores | None
) -> tuple[Fact, ...]:
    """Return the cred of people before they are linked, by the names of their accounts."""
    community = request.community
    named = tuple((_listed(community, group), group) for group in groups)
    return _facts(community, named, scores)


def _each(request: Request, offer: Offer, scores: CommunityScores | None) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"{fact.name} before", fact.value)
        for fact in each(request, (offer.one, offer.other), scores)
    )


async def _offered(request: Request, code: str) -> Reply:
    """Show what a code would do."""
    community = request.community
    try:
        offer = await community.identities.offer(code, _claim(request), request.now_ms)
    except IdentityRefusedError as error:
        raise _refused(error) from error
    scores = _standing(request)
    other = _listed(community, offer.other) or f"{request.actor_name} ({request.source})"
    total = _sum(community, (*offer.one, *offer.other), scores)
    return Reply(
        title="Are these both you?",
        text=(
            f"{_listed(community, offer.one)} and {other} would be one person: their cred "
            f"would be counted together, {_EVERYWHERE} {request.command_line('me unlink')} {_UNDO}\n\n"
            f"To do it: {request.command_line('me confirm', code.strip())}. If it was not you who "
            "asked for this code, don't: somebody wants to become one person with you."
        ),
        facts=(
            *each(request, (offer.one, offer.other), scores),
            *(
                (Fact("Together, about", f"{amount(total)} cred"),)
                if scores is not None
                else ()
            ),
        ),
        private=True,
    )


async def _in_private(request: Request, code: str = "") -> None:
    """Refuse where others read along; a code that they saw is void."""
    if request.is_private:
        return
    was_shown = bool(code) and is_code(code)
    if was_shown:
        await request.community.identities.void(code)
    raise UserError(
        "Your accounts are between you and me, and others read along here. "
        + (
            "They saw that code, too, so it is void now: ask for a new one. "
            if was_shown
            else ""
        )
        + f"Use {SLASH}me, whose answers only you see, or write to me in private.",
        title="Not in public",
    )


def _typed_code(request: Request) -> str:
    """Return the code that stands where a platform could; "" if none does."""
    given = [request.arguments.get(name) for name in ("platform", "account")]
    if str(given[0]).casefold() in request.community.identities.platforms:
        return ""
    text = " ".join(one for one in given if isinstance(one, str))
    return text if is_code(text) else ""


def _platform(request: Request) -> str:
    given = request.arguments.get("platform")
    others = _others(request)
    if not isinstance(given, str):
        raise UserError(
            "Say on which platform your other account is"
            + (f": {', '.join(others)}." if others else "; I hear no other here yet.")
            + " Then I show you a code here that you give there. Or give the code that I "
            "showed you there.",
            title="Which platform?",
            try_lines=tuple(f"me link {other}" for other in others),
        )
    platform = given.casefold()
    if platform == request.source:
        raise UserError(
            f"You ask from {platform} yourself, and by codes a person has one account of each "
            "platform. If a second one is yours, two maintainers can merge them.",
            title="The same platform",
        )
    if platform not in others:
        near = nearest(platform, others)
        raise UserError(
            f"I hear nothing of “{given:.40}” here. "
            + (f"There is: {', '.join(others)}." if others else "There is no other platform."),
            title="Which platform?",
            try_lines=(f"me link {near}",) if near else (),
        )
    return platform


def _others(request: Request) -> tuple[str, ...]:
    return tuple(
        platform
        for platform in request.community.identities.platforms
        if platform != request.source
    )


def _wanted(request: Request, platform: str) -> str | None:
    given = request.arguments.get("account")
    if isinstance(given, Mention):
        if given.source != platform:
            raise UserError(
                f"That is an account of {given.source}, not of {platform}. Type the bare name.",
                title="Whose?",
            )
        return given.account
    if not isinstance(given, str):
        return None
    source, _, name = given.partition(":")
    return name if source.casefold() == platform and name else given


def _own(request: Request, mine: tuple[int, ...]) -> int:
    """Return which of one's own accounts is meant: by platform, id or name."""
    names, given = request.community.names, request.arguments.get("account")
    if isinstance(given, Mention):
        fitting = [
            one
            for one in mine
            if (names.account_source(one), names.account(one)) == (given.source, given.account)
        ]
    else:
        text = given.strip().casefold() if isinstance(given, str) else ""
        fitting = [
            one
            for one in mine
            if text
            in {
                names.account_source(one),
                names.account(one).casefold(),
                names.account_name(one).casefold(),
                f"{names.account_source(one)}:{names.account(one)}".casefold(),
                f"{names.account_source(one)}:{names.account_name(one)}".casefold(),
            }
        ]
    if len(fitting) != 1:
        listed = _listed(request.community, mine)
        raise UserError(
            f"Say which of your accounts to take out: {listed}.",
            title="Which account?",
            try_lines=tuple(
                f"me unlink {names.account_source(one)}:{names.account(one)}" for one in mine
            ),
        )
    return fitting[0]


def _claim(request: Request) -> Claim:
    return Claim(request.source, request.actor, request.actor_name)


def _refused(error: IdentityRefusedError) -> UserError:
    return UserError(str(error), title="Not linked")


def _way(text: str) -> str:
    if text == BY_CODE:
        return "a code"
    return f"maintainers ({text})" if text.startswith("merge ") else f"an import ({text})"


def _standing(request: Request) -> CommunityScores | None:
    return request.community.scoring.scores


def _cred_facts(request: Request, *groups: tuple[str, tuple[int, ...]]) -> tuple[Fact, ...]:
    return _facts(request.community, groups, _standing(request))


def _facts(
    community: Community,
    groups: tuple[tuple[str, tuple[int, ...]], ...],
    scores: CommunityScores | None,
) -> tuple[Fact, ...]:
    if scores is None:
        return ()
    return tuple(
        Fact(name, f"{amount(_sum(community, group, scores))} cred") for name, group in groups
    )


def _sum(community: Community, group: tuple[int, ...], scores: CommunityScores | None) -> float:
    """Return the cred of accounts, each participant of the scores counted once."""
    if scores is None:
        return 0.0
    ids = {people.participant_of(community, one, scores) for one in group}
    rows = (scores.index_of(one) for one in ids)
    return sum(scores.cred_of(row, slice(None)) for row in rows if row is not None)


def _listed(community: Community, group: tuple[int, ...]) -> str:
    names = community.names
    parts = [f"{names.account_name(one)} ({names.account_source(one)})" for one in group]
    return (
        " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
    )


ME: Final = (
    Command(
        group="me",
        name="accounts",
        summary="Your accounts on all platforms, and your cred.",
        details="Only you see the answer. Which accounts are yours is shown by a code each.",
        handler=accounts,
        examples=("me accounts",),
        private=True,
    ),
    Command(
        group="me",
        name="link",
        summary="Link your account on another platform: one person, one cred.",
        details=(
            "You are shown a code here and give it there (me confirm), so both accounts are "
            "shown to be yours. Codes work for 15 minutes, once; with a name, only from that "
            "account. Names alone never link anybody. Opting out concerns you with all linked "
            "accounts, and while you are opted out none can be linked. Erasing an account "
            "un-links it first: the others stay yours, its cred does not. Never give a code "
            "that somebody else sent you."
        ),
        handler=link,
        parameters=(
            Parameter("platform", WORD, "Where the other account is, or a code.", "discourse"),
            Parameter(
                "account", ACCOUNT, "Its name, so that no other can give the code.", "ada"
            ),
        ),
        examples=("me link discourse", "me link discourse ada", "me link K7QX-2MPD-9RTV"),
        private=True,
    ),
    Command(
        group="me",
        name="confirm",
        summary="Give the code that you were shown on the other platform.",
        details=(
            "From then on the two accounts are one person's. me link with the code first shows "
            "what will happen. Never give a code that somebody else sent you."
        ),
        handler=confirm,
        parameters=(Parameter("code", TEXT, "The code.", "K7QX-2MPD-9RTV"),),
        examples=("me confirm K7QX-2MPD-9RTV",),
        private=True,
    ),
    Command(
        group="me",
        name="unlink",
        summary="Take one of your accounts out again.",
        details=(
            "It is a person of its own then; your others stay together. Scores are worked out "
            "as if it had never been linked."
        ),
        handler=unlink,
        parameters=(
            Parameter("account", ACCOUNT, "Which: its platform, name or id.", "discourse"),
        ),
        examples=("me unlink discourse", "me unlink discourse:ada"),
        private=True,
    ),
)
