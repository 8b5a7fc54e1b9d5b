"""Scores that an instance published: what it last computed and showed to people."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.files import Folder, finite_number, in_file
from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader

VIEW, ACCOUNTS, CRED_GRAPH = "output/credGrainView", "output/accounts.json", "output/credGraph"


@dataclass(frozen=True, slots=True)
class PublishedScores:
    """Everybody's published cred."""

    file: str
    starts_ms: tuple[int, ...]
    """First moments of the weeks, as far as the file tells."""
    cred: Mapping[str, tuple[float, ...]]
    """By the ledger's id, cred of each week."""

    @property
    def total(self) -> float:
        """All cred."""
        return math.fsum(math.fsum(weeks) for weeks in self.cred.values())


@dataclass(frozen=True, slots=True)
class ScoringRun:
    """What `credGraph` tells of how the published scores were computed."""

    parameters: Parameters
    dates_ms: tuple[int, ...]
    """Moments of the personal attributions, as SourceCred understood their dates."""


def read_published(folder: Folder) -> PublishedScores | None:
    """Return the published scores, of the first file there is: credGrainView, accounts.json.

    Raises
    ------
    InstanceError
        If a file is not as SourceCred writes it.
    """
    for name in (VIEW, ACCOUNTS):
        if folder.has(name):
            content = folder.reader(name)
            with in_file(name):
                cred = dict(_view(content) if name == VIEW else _accounts(content))
                starts = tuple(
                    one.time_ms("startTimeMs") for one in content.objects("intervals")
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
    """Return how the scores were computed; None where there is no credGraph.

    Raises
    ------
    InstanceError
        If it is not as SourceCred writes it.
    """
    if not folder.has(CRED_GRAPH):
        return None
    value = folder.json(CRED_GRAPH)
    if isinstance(value, list):  # written with a header, by older versions
        value = value[-1] if value else None
    with in_file(CRED_GRAPH):
        graph = JsonReader(value, f"{CRED_GRAPH}: it").object("mpg")
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
        dates = tuple(
            one.time_ms("timestampMs")
            for giver in graph.objects("personalAttributions", optional=True)
            for to in giver.objects("recipients")
            for one in to.objects("proportions")
        )
    return ScoringRun(parameters, dates)


def _view(content: JsonReader) -> list[tuple[str, tuple[float, ...]]]:
    return [
        (one.object("identity").text("id"), _weeks(one, "credPerInterval"))
        for one in content.objects("participants")
    ]


def _accounts(content: JsonReader) -> list[tuple[str, tuple[float, ...]]]:
    return [
        (one.object("account").object("identity").text("id"), _weeks(one, "cred"))
        for one in content.objects("accounts")
    ]


def _weeks(one: JsonReader, key: str) -> tuple[float, ...]:
    return tuple(
        finite_number(value, f"{one.where}.{key}[{at}]")
        for at, value in enumerate(one.list(key))
    )
