"""Reads the scores that an instance published, and the parameters they were computed with.

All three files are found under the names of any version (`Folder.find_output`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.files import (
    ACCOUNTS,
    CRED_GRAPH,
    VIEW,
    Folder,
    finite_number,
    in_file,
)
from bot.importers.sourcecred.graphs import parse_stored_address
from cred.chain.parameters import Parameters
from cred.epochs import WEEK_MS
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader

_Person = tuple[str, str, tuple[float, ...]]
"""An id, a name, and the cred of each week."""


@dataclass(frozen=True, slots=True)
class PublishedScores:
    """The published cred of all participants."""

    file: str
    starts_ms: tuple[int, ...]
    """Starts of the weeks."""
    cred: Mapping[str, tuple[float, ...]]
    """Cred of each week by the participant's id in the ledger; in old files also by the address
    of an account that nobody had claimed, such as "sourcecred/discord/MEMBER/user/12"."""
    names: Mapping[str, str]
    """What each of them was called."""

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
                listed = participants(content)
                cred = {id_: weeks for id_, _, weeks in listed}
                starts = _starts(content)
                for who, weeks in cred.items():
                    if len(weeks) != len(starts):
                        raise InstanceError(
                            f"{name}: {who!r} has cred of {len(weeks)} weeks, but there are "
                            f"{len(starts)} intervals."
                        )
                return PublishedScores(name, starts, cred, {id_: who for id_, who, _ in listed})
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


def _starts(content: JsonReader) -> tuple[int, ...]:
    """Return the starts of the weeks, of which old files give the ends."""
    if "intervals" in content:
        return tuple(
            interval.time_ms("startTimeMs") for interval in content.objects("intervals")
        )
    where = f"{content.where}.intervalEndpoints"
    return tuple(
        int(finite_number(end, f"{where}[{at}]")) - WEEK_MS
        for at, end in enumerate(content.list("intervalEndpoints"))
    )


def _view(content: JsonReader) -> list[_Person]:
    return [
        (*_identity(participant), _weeks(participant, "credPerInterval"))
        for participant in content.objects("participants")
    ]


def _accounts(content: JsonReader) -> list[_Person]:
    claimed = [
        (*_identity(entry.object("account")), _weeks(entry, "cred"))
        for entry in content.objects("accounts")
    ]
    unclaimed = [
        _read_unclaimed(entry) for entry in content.objects("unclaimedAliases", optional=True)
    ]
    return [*claimed, *(person for person in unclaimed if any(person[2]))]


def _read_unclaimed(entry: JsonReader) -> _Person:
    """Return an account that nobody had claimed; the oldest files give it without "alias"."""
    alias = entry.object("alias") if "alias" in entry else entry
    id_ = "/".join(parse_stored_address(alias.raw("address"), "N\0", alias.where))
    name = alias.text("description") if "description" in alias else id_
    return id_, name, _weeks(entry, "cred")


def _identity(holder: JsonReader) -> tuple[str, str]:
    identity = holder.object("identity")
    id_ = identity.text("id")
    return id_, identity.text("name") if "name" in identity else id_


def _weeks(participant: JsonReader, key: str) -> tuple[float, ...]:
    return tuple(
        finite_number(value, f"{participant.where}.{key}[{at}]")
        for at, value in enumerate(participant.list(key))
    )
