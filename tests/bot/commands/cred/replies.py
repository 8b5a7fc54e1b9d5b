"""What tests of `cred …` look up in communities and replies."""

import re

from bot.commands.kit.arguments import Mention
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from tests.bot.commands.garden import (
    NOW_MS,
)
from tests.storage.builders import set_opted_out


def latest_scores(community: Community) -> CommunityScores:
    found = community.scoring.scores
    assert found is not None
    return found


def mention(account: str) -> Mention:
    return Mention("discord", account)


def fact(reply: Reply, name: str) -> str:
    return {fact.name: fact.value for fact in reply.facts}[name]


async def opt_out(community: Community, account: str) -> None:
    number = community.directory.account_number("discord", account)
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)


def number(text: str) -> float:
    found = re.search(r"\d[\d,]*\.?\d*", text)
    assert found is not None
    return float(found[0].replace(",", ""))
