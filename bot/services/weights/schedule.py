"""Changes that take effect from a coming week on.

What is decided waits in the community's file, and becomes a version at its time, or at the
first moment after it at which the bot runs. Each is applied to the weights that are in force
then, in the order of their times: a change in between is kept where it concerns other weights.
"""

from collections.abc import Mapping, Sequence

from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from storage.canonical_json import Json
from storage.scheduled_settings import ScheduledChange, ScheduledSettings


async def schedule(
    community: Community,
    changes: Mapping[str, Json],
    *,
    author: str,
    reason: str,
    at_ms: int,
    effective_ms: int,
) -> None:
    """Have checked changes take effect at a moment."""
    await ScheduledSettings(community.database).add(
        changes, author, reason, at_ms=at_ms, effective_ms=effective_ms
    )


async def list_scheduled(community: Community) -> Sequence[ScheduledChange]:
    """Return what takes effect later, the first first."""
    return await ScheduledSettings(community.database).list()


async def take_effect(community: Community, now_ms: int) -> None:
    """Make versions of all changes whose time has come.

    What cannot be a setting any more, as the weight of a deleted kind of work, is dropped.
    """
    for found in await ScheduledSettings(community.database).list():
        if found.effective_ms > now_ms:
            break
        try:
            await community.settings.set(
                found.changes,
                author=found.author,
                reason=found.reason,
                now_ms=found.effective_ms,
                scheduled=found.number,
            )
        except SettingMistakeError:
            await ScheduledSettings(community.database).remove(found.number)
        community.on_news()
