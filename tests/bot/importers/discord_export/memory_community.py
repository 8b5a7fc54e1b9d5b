"""A community in memory that exports are imported into."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.importers.discord_export.importer import Importer, Target, files_in
from bot.importers.discord_export.known import KnownMessage
from bot.importers.discord_export.log_state import ALWAYS, LogState
from bot.importers.discord_export.summary import Summary
from cred.facts.events import Event, Kind, Provenance
from storage.errors import InvalidRecordError
from storage.log.batch import Appended, Batch, Statement
from storage.log.statements import merge
from tests.bot.importers.discord_export.exports import GUILD
from tests.memory_log import MemoryLog

NOW_MS = 1_760_000_000_000


class MemoryCommunity:
    """Keeps batches in memory by the log's rules; can be told to die after some batches."""

    def __init__(self, history_start_ms: int | None = None) -> None:
        self.slug = f"discord-{GUILD}"
        self.log = MemoryLog()
        self.cursors: dict[str, str] = {}
        self.batches: list[Batch] = []
        self.history_start_ms = history_start_ms
        self.excluded: frozenset[str] = frozenset()
        self.dies_after: int | None = None
        self.refused: frozenset[str] = frozenset()
        """Messages that it cannot keep, for whatever reason."""
        self.log_state = LogState()
        self.statements: dict[str, tuple[Statement, ...]] = {}

    @property
    def events(self) -> list[Event]:
        return self.log.events

    async def known_messages(self, ids: Sequence[str]) -> Mapping[str, KnownMessage]:
        found = {id_: [event for event in self.events if event.target == id_] for id_ in ids}
        return {
            id_: KnownMessage(events, self.statements.get(id_, ()))
            for id_, events in found.items()
            if events
        }

    async def record(self, batch: Batch) -> Appended:
        if self.dies_after is not None and len(self.batches) >= self.dies_after:
            raise KeyboardInterrupt
        if any(event.target in self.refused for event in batch.events):
            raise InvalidRecordError("It cannot be kept.")
        self.batches.append(batch)
        new = self.log.append(batch.events)
        for (_, target), statement in batch.statements.items():
            self.statements[target] = merge(self.statements.get(target, ()), statement)
        self.cursors = {
            **self.cursors,
            **{name: position for (_, name), position in batch.cursors.items()},
        }
        return Appended(new, len(self.log.events), 0)


async def import_files(community: MemoryCommunity, *paths: Path) -> Summary:
    """Import files as one run of the command does."""
    community.log_state = LogState()
    community.log_state.add(community.log.columns(), community.log.directory)
    for event in of_kind(community, Kind.PLACE_CHANGED):
        place = str(event.place)
        is_import = event.provenance is Provenance.IMPORT
        known = community.log_state.places[place]
        community.log_state.places[place] = known._replace(
            told_ms=event.at_ms if is_import else ALWAYS
        )

    async def find(guild: str, name: str) -> Target:
        assert (guild, name) == (GUILD, "The Guild")
        return community

    return await Importer(find, now_ms=NOW_MS).run(files_in(paths), lambda _: None)


def of_kind(community: MemoryCommunity, kind: Kind) -> list[Event]:
    """Return the events of a kind, in the log's order."""
    return [event for event in community.events if event.kind is kind]


def posts(community: MemoryCommunity) -> list[str | None]:
    """Return the messages that the log has, in its order."""
    return [event.target for event in of_kind(community, Kind.POSTED)]
