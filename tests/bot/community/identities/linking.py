"""Accounts of two platforms, and what tests do with them."""

import pytest

from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError, NotAllowedError
from bot.community.identities.transactions import ActingAccount
from storage.people.linking import MergeProposal
from tests.bot import forum
from tests.bot.commands.garden import ADA, GRACE, NAMES, NOW_MS
from tests.bot.forum import ADA_L

MINUTE = 60_000
HOUR = 60 * MINUTE
WRONG = "2222-2222-2222"


def on_discord(account: str) -> ActingAccount:
    return ActingAccount("discord", account, NAMES.get(account, "Somebody"))


def on_forum(account: str) -> ActingAccount:
    return ActingAccount("forum", account, forum.NAMES.get(account, "somebody"))


def number(community: Community, source: str, account: str) -> int:
    found = community.directory.account_number(source, account)
    assert found is not None
    return found


async def link(
    community: Community, asker: ActingAccount, giver: ActingAccount, now_ms: int = NOW_MS
) -> None:
    issued = await community.identities.codes.issue(asker, giver.source, None, now_ms)
    await community.identities.codes.redeem(issued.code, giver, now_ms)


def is_one_person(community: Community, *accounts: ActingAccount) -> bool:
    numbers = [number(community, account.source, account.account) for account in accounts]
    return len({community.identities.person(account) for account in numbers}) == 1


async def expect_refusal(waiting: object, words: str) -> None:
    with pytest.raises((IdentityRefusedError, NotAllowedError), match=words):
        await waiting  # type: ignore[misc]


async def propose_merge(community: Community, by: str = GRACE) -> MergeProposal:
    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    return await community.identities.merges.propose(
        ada, ada_l, on_discord(by), "she said", NOW_MS
    )


async def stored_codes(community: Community) -> str:
    """Return everything that is kept of codes, as text."""
    rows = await community.database.read(
        lambda plain: [
            *plain.execute("SELECT hex(hash), account, platform, hex(wanted) FROM link_codes"),
            *plain.execute("SELECT account, was, at_ms FROM link_tries"),
        ]
    )
    return str(rows)
