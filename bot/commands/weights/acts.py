"""What is told of a change of weights that nobody voted on: reason, effect, own gain."""

from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.wording import moment
from bot.commands.weights.effects import movers_tables, overall_facts, own_fact
from bot.commands.weights.wording import Readers, author_account, author_words, change_lines
from bot.services.weights.outcome import effect_of_version


async def act_reply(readers: Readers, about: str, now_ms: int) -> Reply | None:
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
