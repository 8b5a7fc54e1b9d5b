"""The port of the sources: what each exports, what it runs, and what it is given for that.

A source exports `SOURCE`, a `Source`. What listens to its platform, or polls it, are *runners*,
one for each connection that the process's settings name (the Discord account, a forum). The app
serves their routes, gives each its `Inlets`, and keeps it running: when one fails, that is
logged, it is started again, and nothing else notices.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from bot.community.graph_source import GraphSource
from bot.community.history_progress import Progress
from bot.community.problem import Problem
from bot.settings import Settings
from cred.facts.events import Event
from storage.canonical_json import Json
from storage.log.batch import Appended, Batch
from storage.log.current_state import CurrentAccount, CurrentContribution
from storage.log.gaps import RecordedGap
from storage.place_tree import PlaceStep

if TYPE_CHECKING:
    from aiohttp import web  # it takes long to import, and settings need none of it

Payload: TypeAlias = Mapping[str, object]
"""One JSON object as a platform sends it, wrapped as the source's README says."""


class CannotRunError(Exception):
    """An operator must change a setting first; the message says which."""

    exit_status: ClassVar[int] = 2
    """Status with which the command ends that this error stopped."""


class BotRefusedError(CannotRunError):
    """A platform refuses the bot itself, so the process ends: waiting would not help."""


class Inlet(Protocol):
    """One community's log and settings, as one source sees them. Ids are the platform's own.

    Questions are answered from what is committed; a source that must not race against itself
    asks and records in one task.
    """

    async def record(self, batch: Batch) -> Appended:
        """Record a batch; returns only after it is on disk."""
        ...

    async def cursors(self) -> Mapping[str, str]:
        """Return the positions of the source's cursors by name."""
        ...

    async def contributions(self, ids: Sequence[str]) -> Mapping[str, CurrentContribution]:
        """Return the current state of contributions by id, without those never recorded."""
        ...

    async def posts(self, place: str, from_ms: int) -> Collection[str]:
        """Return the posts in a place, dated from `from_ms` on, that were not deleted."""
        ...

    async def accounts(self) -> Mapping[str, CurrentAccount]:
        """Return the current state of the source's accounts by id."""
        ...

    async def members(self) -> Collection[str]:
        """Return the accounts that are members now."""
        ...

    async def open_gaps(self) -> Sequence[RecordedGap]:
        """Return the source's gaps that are not filled."""
        ...

    def setting(self, key: str) -> Json:
        """Return a setting of the community."""
        ...

    def begin_reading(self) -> None:
        """Say that all that is to be read is reported anew: what was reported is forgotten."""
        ...

    def report(self, progress: Progress) -> None:
        """Say how far reading the history of a place has come, for whoever watches."""
        ...


class Inlets(Protocol):
    """Everything a runner is given: ways into the communities that it serves."""

    async def own(self) -> Inlet:
        """Return the inlet of the one community that the runner belongs to.

        Waits where that community does not exist yet.

        Raises
        ------
        CannotRunError
            If the settings must say which one it is.
        """
        ...

    async def of_server(self, server: str, name: str) -> Inlet:
        """Return the inlet of a server's community, which is created when first asked for.

        A name of "" is not known yet.
        """
        ...


@dataclass(frozen=True, slots=True)
class State:
    """The state of a runner, or of one of the servers that it listens to."""

    name: str
    """What people call it: a server's name, a forum's address."""
    words: str
    """For people: "listening, last heard 2 minutes ago"."""
    server: str | None = None
    """Platform's id of the server; None for a runner that serves one community."""
    problems: tuple[Problem, ...] = ()
    """What somebody can put right."""


class Runner(Protocol):
    """One connection of a source. Subclass it; what it defines here suits a simple runner."""

    @property
    def name(self) -> str:
        """What people call it: "forum.example.org"."""
        ...

    @property
    def community(self) -> str | None:
        """Slug of the community that the settings name; None where they name none."""
        return None

    @property
    def has_servers(self) -> bool:
        """Whether it listens to servers, each of which is a community of its own."""
        return False

    @property
    def trouble(self) -> str:
        """Why it does not reach its platform, without a full stop; "" while it does."""
        return ""

    def states(self) -> Sequence[State]:
        """Return its state; of a runner that serves several servers, that of each."""
        ...

    def health(self, server: str) -> Mapping[str, str]:
        """Return further facts for operators, by name, some about a server."""
        del server
        return {}

    def names(self, server: str) -> Mapping[str, Mapping[str, str]]:
        """Return the names that a server has now, by id, of each sort: "role", "emoji"."""
        del server
        return {}

    def may_see(
        self,
        server: str,
        path: Sequence[PlaceStep],
        account: str | None,
        here: Sequence[PlaceStep] = (),
    ) -> bool:
        """Tell whether somebody may see a place of a server now, by the platform's permissions.

        False where it is not known.

        Parameters
        ----------
        server
            The platform's id of the server; "" where the runner has none.
        path
            The place and those around it, from the inside out.
        account
            The platform's id of an account; None for all who may see `here`.
        here
            Another place with those around it; without steps, everybody may see it.
        """
        del server, path, account, here
        return False

    def routes(self) -> Sequence["web.RouteDef"]:
        """Return what it answers on the web server."""
        return ()

    def settings_changed(self, server: str) -> None:
        """Take note that the settings of a server's community changed."""
        del server

    async def wait_until_settled(self) -> bool:
        """Return once all there was to read is recorded; False if some could not be read."""
        ...

    async def run(self, inlets: Inlets) -> None:
        """Listen until cancelled. Whatever it raises is logged, and it is started again.

        Raises
        ------
        CannotRunError
            If the settings are the reason; then only the message is logged.
        BotRefusedError
            If nothing but stopping the process makes sense.
        """
        ...


class Source(GraphSource, Protocol):
    """What every source exports as `SOURCE`."""

    def parse(self, payload: Payload) -> Iterable[Event]:
        """Return the events of a recorded payload. Pure, so that its examples are tests."""
        ...

    def runners(self, settings: Settings) -> Sequence[Runner]:
        """Return the runners that the process's settings name; often none.

        Raises
        ------
        SettingsError
            If they cannot be used.
        """
        ...
