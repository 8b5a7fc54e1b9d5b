"""Changing weights without a vote, where the community lets its maintainers do that."""

from collections.abc import Mapping

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.community.settings.voting_settings import MAY_ACT
from bot.services.entries.entry_checks import clean_title
from bot.services.weights.propose import check_changes, subject_of
from bot.services.weights.schedule import schedule
from storage.canonical_json import Json


async def act(
    community: Community,
    account: int,
    changes: Mapping[str, Json],
    *,
    reason: str,
    effective_ms: int | None = None,
    now_ms: int,
) -> int | None:
    """Change weights as a maintainer; return the version that was made, if it was made now.

    It is announced like the result of a vote (`bot.services.weights.announce`).

    Parameters
    ----------
    account
        Number of the maintainer's account.
    changes
        Values by key, as typed; None: back to the default.
    effective_ms
        When it takes effect; None: now.

    Raises
    ------
    SettingMistakeError
        If a key or value cannot be used.
    NotAllowedError
        If the community decides by votes alone, nothing would be changed, or it is no weight.
    """
    if community.settings.get(MAY_ACT) is not True:
        raise NotAllowedError(
            "Weights are changed by votes alone here: weights propose. (Server admins allow "
            f"acts of maintainers with settings set {MAY_ACT} yes.)"
        )
    reason = clean_title(reason, "a reason")
    checked, _ = await community.settings.try_changes(changes, now_ms=now_ms)
    subject_of(checked)
    check_changes(community, checked)
    if effective_ms is not None and effective_ms > now_ms:
        await schedule(
            community,
            checked,
            author=f"account:{account}",
            reason=reason,
            at_ms=now_ms,
            effective_ms=effective_ms,
        )
        return None
    version = await community.settings.set(
        checked, author=f"account:{account}", reason=reason, now_ms=now_ms
    )
    community.on_news()
    return version
