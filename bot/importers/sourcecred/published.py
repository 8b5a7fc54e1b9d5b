"""Reads the scores that an instance published, and the parameters they were computed with.

All three files are found under the names of any version (`Folder.find_output`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.files import Folder, finite_number, in_file
from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader

VIEW, ACCOUNTS, CRED_GRAPH = "output/credGrainView", "output/accounts", "output/credGraph"


@dataclass(frozen=True, slots=True)
class PublishedScores:
    """The published cred of all participants."""

    file: str
    starts_ms: tuple[int, ...]
    """Starts of the weeks."""
    cred: Mapping[str, tuple[float, ...]]
    """Cred of each week by the participant's id in the ledger."""

    @property
    def total(self) -> float:
        """The sum of all cred."""
        return math.fsum(math.fsum(weeks) for weeks in self.cred.values())


@dataclass(frozen=True, slots=True)
class ScoringRun:
    """How the published scores were computed, as `credGraph` records it."""

    file: str
    parameters: Parameters
    attribution_ms: tuple[int, ...]
    """Times of the personal attributions, as SourceCred understood their dates."""


def read_published(folder: Folder) -> PublishedScores | None:
    """Return the published scores from credGrainView, or else from accounts.json.

    Raises
    ------
    InstanceError
        If the file is not in the form that SourceCred writes.
    """
    for output, participants in ((VIEW, _view), (ACCOUNTS, _accounts)):
        name = folder.find_output(output)
        if name is not None:
            content = folder.reader(name)
            with in_file(name):
                cred = dict(participants(content))
                starts = tuple(
                    interval.time_ms("startTimeMs") for interval in content.objects("intervals")
                )
                for who, weeks in cred.items():
                    if len(weeks) != len(starts):
                        raise InstanceError(
                            f"{name}: {who!r} has cred of {len(weeks)} weeks, but there are "
                            f"{len(starts)} intervals."
                        )
                return PublishedScores(name, starts, cred)
    return None


def read_scoring_run(folder: Folder) -> ScoringRun | None:
    """Return how the scores were computed; None if no credGraph says so.

    Raises
    ------
    InstanceError
        If the file is not in the form that SourceCred writes.
    """
    name = folder.find_output(CRED_GRAPH)
    if name is None:
        return None
    with in_file(name):
        whole = JsonReader(_without_header(folder.json(name)), f"{name}: it")
        graph = JsonReader(_without_header(whole.raw("mpg")), f"{whole.where}.mpg")
        if "parameters" not in graph:  # the first versions wrote none
            folder.used.discard(name)
            return None
        given = graph.object("parameters")
        try:
            parameters = Parameters(
                seed_return=given.number("alpha"),
                accrual=given.number("beta"),
                webbing_forward=given.number("gammaForward"),
                webbing_backward=given.number("gammaBackward"),
            )
        except InvalidInputError as error:
            raise InvalidInputError(f"{given.where}: {error}") from None
        attribution_ms = tuple(
            proportion.time_ms("timestampMs")
            for giver in graph.objects("personalAttributions", optional=True)
            for recipient in giver.objects("recipients")
            for proportion in recipient.objects("proportions")
        )
    return ScoringRun(name, parameters, attribution_ms)


def _without_header(value: Any) -> Any:
    """Return a value without the header that older versions write before it."""
    return value[-1] if isinstance(value, list) and value else value


def _view(content: JsonReader) -> list[tuple[str, tuple[float, ...]]]:
    return [
        (participant.object("identity").text("id"), _weeks(participant, "credPerInterval"))
        for participant in content.objects("participants")
    ]


def _accounts(content: JsonReader) -> list[tuple[str, tuple[float, ...]]]:
    return [
        (entry.object("account").object("identity").text("id"), _weeks(entry, "cred"))
        for entry in content.objects("accounts")
    ]


def _weeks(participant: JsonReader, key: str) -> tuple[float, ...]:
    return tuple(
        finite_number(value, f"{participant.where}.{key}[{at}]")
        for at, value in enumerate(participant.list(key))
    )
