"""What is kept about a person, as data that they can take with them."""

from collections.abc import Mapping, Sequence

from bot.community.communities import Community
from bot.services.people import participant_of
from storage.canonical_json import Json
from storage.people.personal_data import read_personal_data

FORMAT = "credbot/personal-data-1"


async def collect(
    community: Community, accounts: Sequence[int], now_ms: int
) -> Mapping[str, Json]:
    """Return everything that is kept about a person, as JSON-able values.

    Parameters
    ----------
    community
        The community.
    accounts
        Numbers of the person's accounts.
    now_ms
        The time (UTC).
    """
    rows = await community.database.read(lambda plain: read_personal_data(plain, accounts))
    scores = community.scoring.scores
    cred: list[Json] = []
    if scores is not None:
        participants = {participant_of(community, account, scores) for account in accounts}
        for participant in sorted(participants):
            index = scores.index_of(participant)
            if index is not None:
                weeks = zip(scores.starts_ms, scores.cred[index].tolist(), strict=True)
                cred += [{"week_ms": int(start), "cred": value} for start, value in weeks]
    return {
        "format": FORMAT,
        "community": community.slug,
        "name": community.name,
        "collected_ms": now_ms,
        **rows,
        "cred by week": cred,
    }
