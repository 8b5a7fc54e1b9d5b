"""`me link`: a code that links an account on another platform, and what a code would do."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.arguments import Mention
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.names import own_account_names
from bot.commands.kit.parameters import ACCOUNT, WORD, Parameter
from bot.commands.kit.registry import nearest
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, moment
from bot.commands.me.accounts import other_platforms
from bot.commands.me.linked_cred import cred_by_account, cred_facts, total_cred
from bot.commands.me.privacy import acting_account, require_privacy
from bot.commands.me.wording import EVERYWHERE, UNDOES
from bot.community.identities.codes import CODE_MINUTES, is_code


async def link(request: Request) -> Reply:
    """Answer `me link <platform> [account]`, also with a code in place of the platform."""
    code = _typed_code(request)
    await require_privacy(request, "me link", code)
    if not code:
        return await _make_code(request)
    if request.is_overheard:
        # Showing what it would do leaves it valid, and whoever read it may be quicker.
        await request.community.identities.codes.revoke(code, request.now_ms)
        raise UserError(
            "Others could read that code where you wrote it, so it is void now. Ask for a new "
            "one, and show it to me in a private message.",
            title="Not in public",
        )
    return await _preview(request, code)


async def _make_code(request: Request) -> Reply:
    """Make a code for the asker to give on the other platform."""
    community = request.community
    platform = _platform(request)
    name = _account(request, platform)
    issued = await community.identities.codes.issue(
        acting_account(request), platform, name, request.now_ms
    )
    await community.directory.refresh()
    number = community.directory.account_number(request.source, request.actor)
    mine = community.identities.accounts(number) if number is not None else ()
    whose = f"the {platform} account “{name:.60}”" if name else f"your {platform} account"
    return Reply(
        title=f"Your code: {issued.code}",
        text=(
            f"Give it from {whose}: there, send me “me confirm {issued.code}” in private. "
            f"(“me link {issued.code}” first shows what will happen.) It works once, until "
            f"{moment(issued.expires_ms)} ({CODE_MINUTES} minutes), and only the newest does. "
            "Show it to nobody: whoever gives it becomes one person with you.\n\n"
            f"What will happen: the cred of that account and yours are one person's, "
            f"{EVERYWHERE} {request.command_line('me unlink', platform)} {UNDOES}"
        ),
        facts=cred_facts(community, [("Your cred now", mine)], community.scoring.scores),
        private=True,
    )


async def _preview(request: Request, code: str) -> Reply:
    """Show what a code would do."""
    community, scores = request.community, request.community.scoring.scores
    parties = await community.identities.codes.preview(
        code, acting_account(request), request.now_ms
    )
    asker = own_account_names(community, parties.asker)
    giver = own_account_names(community, parties.giver)
    facts = cred_by_account(request, (parties.asker, parties.giver), scores)
    if scores is not None:
        total = total_cred(community, (*parties.asker, *parties.giver), scores)
        facts += (Fact("Together, about", f"{amount(total)} cred"),)
    return Reply(
        title="Are these both you?",
        text=(
            f"{asker} and {giver or f'{request.actor_name} ({request.source})'} would be one "
            f"person: their cred would be counted together, {EVERYWHERE} "
            f"{request.command_line('me unlink')} {UNDOES}\n\n"
            f"To do it: {request.command_line('me confirm', code.strip())}. If it was not you "
            "who asked for this code, don't: somebody wants to become one person with you."
        ),
        facts=facts,
        private=True,
    )


def _typed_code(request: Request) -> str:
    """Return the code that was typed in place of a platform; "" if there is none."""
    platform = resolve.text(request, "platform")
    if platform.casefold() in request.community.identities.platforms:
        return ""
    text = f"{platform} {resolve.text(request, 'account')}".strip()
    return text if is_code(text) else ""


def _platform(request: Request) -> str:
    """Return the platform that was given, another than the asker's."""
    given, others = resolve.text(request, "platform"), other_platforms(request)
    if not others:
        raise UserError(
            f"I hear nothing but {request.source} here, so you have no other account to link. "
            "Whoever runs me can connect a forum.",
            title="Nothing to link",
        )
    if not given:
        raise UserError(
            f"Say on which platform your other account is: {', '.join(others)}. Then I show "
            "you a code here that you give there. Or give the code that I showed you there.",
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
            f"I hear nothing of “{given:.40}” here. There is: {', '.join(others)}.",
            title="Which platform?",
            try_lines=tuple(f"me link {other}" for other in ([near] if near else others)),
        )
    return platform


def _account(request: Request, platform: str) -> str | None:
    """Return the name or id of the account that alone may give the code; None: any may."""
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


LINK: Final = Command(
    group="me",
    name="link",
    summary="Link your account on another platform: one person, one cred.",
    details=(
        "You are shown a code here and give it there (me confirm), so both accounts are "
        "shown to be yours. Codes work for 15 minutes, once; with a name, only from that "
        "account. Names alone never link anybody. Opting out concerns you with all linked "
        "accounts, and while you are opted out none can be linked; so does erasing. Never "
        "give a code that somebody else sent you."
    ),
    handler=link,
    parameters=(
        Parameter(
            "platform",
            WORD,
            "Where the other account is, or a code.",
            "discourse",
            required=True,
        ),
        Parameter("account", ACCOUNT, "Its name, so that no other can give the code.", "ada"),
    ),
    examples=("me link discourse", "me link discourse ada", "me link K7QX-2MPD-9RTV"),
    private=True,
)
