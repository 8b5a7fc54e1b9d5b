"""`weights set`, and what is told of a change that nobody voted on."""

from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import REASON, Parameter
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import moment
from bot.commands.weights.effects import movers_tables, overall_facts, own_fact
from bot.commands.weights.keys import read_changes
from bot.commands.weights.preview import CHANGES_PARAMETER
from bot.commands.weights.propose import WEEK_PARAMETER, effective_ms
from bot.commands.weights.wording import (
    Audience,
    author_account,
    author_words,
    change_lines,
    mistake,
)
from bot.community.errors import SettingMistakeError
from bot.services.weights.act import act
from bot.services.weights.announce import act_about
from bot.services.weights.outcome import effect_of_version


async def change(request: Request) -> Reply:
    """Answer `weights set <changes> <reason> [week]`."""
    who = resolve.asker(request)
    reason = resolve.text(request, "reason")
    if not reason:
        raise UserError(
            "Say why you change it, behind “because”:",
            title="Which reason?",
            try_lines=(_EXAMPLE,),
        )
    changes = await read_changes(request, resolve.text(request, "changes"))
    try:
        version = await act(
            request.community,
            who,
            changes,
            reason=reason,
            effective_ms=effective_ms(request),
            now_ms=request.now_ms,
        )
    except SettingMistakeError as error:
        raise mistake(error) from error
    if version is None:
        return Reply(
            title="It takes effect later",
            text="It is announced then, and listed by "
            f"{request.command_line('weights history')} until then.",
        )
    reply = await act_reply(request, act_about(version), request.now_ms)
    return reply or Reply(title=f"Kept as version {version}")


async def act_reply(readers: Audience, about: str, now_ms: int) -> Reply | None:
    """Return the announcement of a change that a maintainer or the operator made."""
    settings = readers.community.settings
    version = int(about.partition(":")[2])
    history = await settings.history()
    made = next((found for found in history if found.version == version), None)
    if made is None:
        return None
    effect = await effect_of_version(readers.community, version, now_ms)
    before = await settings.values_at(version - 1)
    account = author_account(made.author)
    own = () if account is None else (own_fact(readers, effect, account, "who did it"),)
    return Reply(
        title=f"Weights, version {version}: changed without a vote",
        text="\n".join(change_lines(readers, made.changes, before)),
        facts=(
            *own,
            Fact("By", author_words(readers, made.author)),
            Fact("Why", made.reason or "no reason given"),
            Fact("When", moment(made.at_ms)),
            *overall_facts(effect),
        ),
        tables=movers_tables(readers, effect),
    )


_EXAMPLE: Final = "weights set 👍=2 because it was misspelt"
SET: Final = Command(
    group="weights",
    name="set",
    summary="Changes weights without a vote, where maintainers may; it is announced.",
    details=(
        "Only where the community allows it (votes.maintainers-may-act). Everybody is told "
        "what it does and what you gain by it. Otherwise: weights propose."
    ),
    handler=change,
    parameters=(
        CHANGES_PARAMETER,
        Parameter("reason", REASON, "Why; everybody sees it.", "because …", required=True),
        WEEK_PARAMETER,
    ),
    access=Access.MAINTAINERS,
    examples=(_EXAMPLE,),
    heavy=True,
)
