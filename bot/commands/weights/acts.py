"""What is told of a change of weights that nobody voted on: reason, effect, own gain."""

from bot.commands.kit.names import person_name
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.wording import moment, percent
from bot.commands.weights.effects import describe_changes, gain, movers_table
from bot.community.communities import Community
from bot.services import people
from bot.services.weights.outcome import effect_of_version

_ACCOUNT = "account:"
"""What the author of a version begins with that somebody made in chat."""


async def act_reply(community: Community, about: str, now_ms: int) -> Reply | None:
    """Return the announcement of a change that a maintainer or the operator made."""
    version = int(about.partition(":")[2])
    history = await community.settings.history()
    made = next((found for found in history if found.version == version), None)
    if made is None:
        return None
    effect = await effect_of_version(community, version, now_ms)
    author = act_author(made.author)
    facts = [
        Fact("By", "the operator" if author is None else person_name(community, author)),
        Fact("Why", made.reason or "no reason given"),
        Fact("When", moment(made.at_ms)),
        Fact("Cred that is somebody else's now", percent(effect.moved)),
    ]
    if author is not None and not people.is_opted_out(community, author):
        own = effect.effects.get(people.participant_of(community, author, effect.before))
        facts.insert(1, Fact("Their own gain", gain(own)))
    return Reply(
        title=f"Weights, version {version}: changed without a vote",
        text=describe_changes(made.changes),
        facts=tuple(facts),
        tables=movers_table(community, effect),
    )


def act_author(author: str) -> int | None:
    """Return the account that made a version of the settings; None: the operator did.

    >>> act_author("account:12"), act_author("operator")
    (12, None)
    """
    number = author.removeprefix(_ACCOUNT)
    return int(number) if number != author and number.isdigit() else None
