"""Live scores of one community: from a ranking on, events in, everybody's cred out.

Runs in the worker thread. What only a recompute can tell is refused (`NotFollowedError`), and
nothing more is followed then until there is one.
"""

from collections.abc import Callable

from bot.services.drawing import Choices
from bot.services.minting import Minting
from cred.credrank import Ranking
from cred.errors import NotFollowedError
from cred.events import EventColumns
from cred.graph import ContributionGraph
from cred.live import Live, LiveScores
from cred.neighbourhood import Neighbourhood

Draw = Callable[[EventColumns, Choices], ContributionGraph]


class Following:
    """What is needed to follow events; made ready when the first of them come.

    Parameters
    ----------
    ranking, events, choices
        Where to begin: a ranking, all events it was made of, and what else.
    draw
        Draws events.
    """

    def __init__(
        self, ranking: Ranking, events: EventColumns, choices: Choices, draw: Draw
    ) -> None:
        self._begin = ranking, events
        self.choices = choices
        """Those of the scores."""
        self._draw = draw
        self._live: Live | None = None
        self._around: Neighbourhood | None = None
        self._later = events.at(slice(0))
        self.position = int(events.seq[-1])
        """Position in the log up to which events are counted."""

    def follow(self, new: EventColumns, choices: Choices) -> LiveScores:
        """Take in the events that come next, and who opted out or in; return the scores.

        Raises
        ------
        NotFollowedError
            If it takes a recompute.
        """
        known = self.choices
        if choices.archives or choices.minting != Minting():
            raise NotFollowedError("archives and minting rules take a recompute")
        if (known.settings_version, known.erasures) != (
            choices.settings_version,
            choices.erasures,
        ):
            raise NotFollowedError("other settings hold now, or somebody was erased")
        if self._live is None or self._around is None:
            ranking, events = self._begin
            self._live, self._around = Live(ranking), Neighbourhood(events)
        later = self._later.and_then(new)
        before, after = self._around.of(later, len(new), known.left_out ^ choices.left_out)
        self._live.follow(self._draw(before, known), self._draw(after, choices))
        self._later, self.choices = later, choices
        if len(new):
            self.position = int(new.seq[-1])
        return self._live.scores()
