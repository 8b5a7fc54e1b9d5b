"""Who is not named in the digest."""

from storage.digest_mutes import DigestMutes
from storage.file.database import Database
from storage.log.batch import Account
from storage.log.event_log import EventLog
from tests.storage.builders import MONDAY_MS, a_batch_of


async def test_accounts_are_muted_once_and_named_again(
    database: Database, log: EventLog
) -> None:
    await log.append(a_batch_of(accounts=tuple(Account("discord", f"u{n}") for n in range(3))))
    mutes = DigestMutes(database)

    await mutes.mute([1, 2], MONDAY_MS)
    await mutes.mute([2, 3], MONDAY_MS + 1)
    await mutes.unmute([1])

    assert await mutes.accounts() == {2, 3}
