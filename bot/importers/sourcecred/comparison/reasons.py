"""Says why our cred and the published cred differ, by the size of what each reason explains."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.commands.kit.wording import day, pluralize
from bot.importers.sourcecred.comparison.cred_table import CredTable, align, ranked_cred
from bot.importers.sourcecred.comparison.ranking import (
    attribution_offsets,
    rank_instance,
    with_their_attribution_dates,
)
from bot.importers.sourcecred.instance import Instance
from cred.credrank import Ranking
from cred.epochs import WEEK_MS
from cred.errors import InvalidInputError

_SUNDAY_MS: Final = 259_200_000
"""Start of a week: 1970-01-04."""
_HOUR_MS: Final = 3_600_000
_STOPPED: Final = 1e-3
"""The largest relative difference that SourceCred's stopping rule is believed to make: on real
communities it is 3e-5, on made ones 8e-5."""
_STOPPED_OF_ALL: Final = 1e-5
"""The same for tiny cred, relative to all that is minted."""
_ROUNDING: Final = 1e-9
_MOST_NAMES: Final = 5
_WEEK_S, _WEEKS = "week's", "weeks'"


@dataclass(frozen=True, slots=True)
class Misfit:
    """Published cred that these files do not give, whatever is known about SourceCred."""

    id: str
    week_ms: int | None
    """None: all weeks together."""
    ours: float
    theirs: float


def explain_differences(
    instance: Instance, ranking: Ranking, published: CredTable
) -> tuple[str, ...]:
    """Return in sentences why the published cred differs from ours.

    Parameters
    ----------
    instance
        The instance, with published scores.
    ranking
        Our ranking of it.
    published
        The published cred.

    Raises
    ------
    InvalidInputError
        If the instance cannot be ranked as SourceCred does.
    NotConvergedError
        If the computation does not reach its tolerance.
    """
    known, reference = _known_differences(instance, ranking)
    lost = lost_bonus(ranking)
    names = names_of(instance)
    strangers = {*published.ids} - {*reference.scores.participants}
    misfit = largest_misfit(ranked_cred(reference), published, ranking.scores.total_mint, lost)
    reasons = []
    if misfit is None and not strangers:
        excess = math.fsum(published.cred.ravel()) - ranking.scores.total_mint
        reasons.append(
            "SourceCred stops when no probability changes by more than 1e-7: its cred sums to "
            f"{excess:+.2g} of what is minted; ours is solved to 1e-13."
        )
    else:
        reasons += _missing_graphs(instance, misfit, names)
        if not reasons:
            reasons.append(_not_of_these_files(misfit, names))
        reasons += _clues(instance, reference)
    reasons += _people(instance, ranking, published, strangers, names)
    reasons += known
    if lost:
        reasons.append(
            f"What SourceCred mints for dependencies in the first week ({lost:.3g}) reaches "
            "nobody; here it reaches its recipients."
        )
    return tuple(reasons)


def names_of(instance: Instance) -> dict[str, str]:
    """Return what everybody is called who is in the ledger or was published."""
    published = instance.published.names if instance.published else {}
    ledger = {person.id: person.name for person in instance.ledger.participants}
    return {**published, **ledger}


def _known_differences(instance: Instance, ranking: Ranking) -> tuple[list[str], Ranking]:
    """Return what SourceCred is known to do otherwise, and the ranking that does the same."""
    sentences = []
    reference, graph = ranking, ranking.graph
    added = len(graph.added_edges)
    at_start = (graph.edge_ms - _SUNDAY_MS) % WEEK_MS == 0
    own = int(np.count_nonzero(at_start & (graph.row >= 0)))
    if (own or added) and not ranking.sourcecred_boundaries:
        reference = rank_instance(instance, sourcecred_boundaries=True)
        moved = [
            f"{pluralize(own, 'edge')} dated at a week's very start" if own else "",
            f"{pluralize(added, _WEEK_S, _WEEKS)} minting for dependencies" if added else "",
        ]
        size = _largest_change(ranking, reference)
        if size > _ROUNDING * ranking.scores.total_mint:
            sentences.append(
                f"{' and '.join(part for part in moved if part)} count in their own week here, "
                f"but in the week before in SourceCred (up to {size:.2g} in somebody's week); "
                "--sourcecred-boundaries does the same."
            )
    offsets = sorted(attribution_offsets(instance))
    if offsets:
        before = reference
        try:
            reference = rank_instance(
                with_their_attribution_dates(instance), sourcecred_boundaries=True
            )
        except InvalidInputError:
            return sentences, before  # these dates were not of these attributions
        size = _largest_change(before, reference)
        if size > _ROUNDING * ranking.scores.total_mint:
            hours = ", ".join(f"{offset / _HOUR_MS:+g}" for offset in offsets)
            sentences.append(
                f"SourceCred read the dates of personal attributions {hours} hours off ours "
                f"(up to {size:.2g} in somebody's week): set --time-zone to the zone of the "
                "machine that it ran on."
            )
    return sentences, reference


def _largest_change(ranking: Ranking, other: Ranking) -> float:
    return float(np.abs(ranking.scores.cred - other.scores.cred).max(initial=0.0))


def lost_bonus(ranking: Ranking) -> float:
    """Return what is minted for dependencies in the first week, which SourceCred loses."""
    graph = ranking.graph
    first = (graph.row < 0) & (graph.edge_ms == ranking.epochs.starts_ms[0])
    return float(graph.mint[graph.source[first]].sum())


def largest_misfit(
    ours: CredTable, published: CredTable, mint: float, lost: float
) -> Misfit | None:
    """Return the published cred that differs most from what SourceCred would compute.

    None if none differs by more than its stopping rule and the lost bonus explain, neither all
    cred of anybody, nor that of a week.
    """
    here, there = align(ours, published)
    weeks = (None, *here.starts_ms)
    # A column for all weeks together comes first.
    both = [np.column_stack([table.cred.sum(axis=1), table.cred]) for table in (here, there)]
    explained = _STOPPED * np.maximum(*np.abs(both)) + _STOPPED_OF_ALL * mint + lost
    excess = np.abs(both[0] - both[1]) - explained
    if not (excess > 0.0).any():
        return None
    totals = excess[:, :1]
    row, column = divmod(int(np.argmax(excess)), excess.shape[1])
    if (totals > 0.0).any():
        row, column = int(np.argmax(totals)), 0
    return Misfit(here.ids[row], weeks[column], *(float(part[row, column]) for part in both))


def _not_of_these_files(misfit: Misfit | None, names: Mapping[str, str]) -> str:
    size = _misfit_words(misfit, names)
    sentence = f"The scores are not of these files{size}"
    return f"{sentence}. Let SourceCred score once more, to compare the same."


def _missing_graphs(
    instance: Instance, misfit: Misfit | None, names: Mapping[str, str]
) -> Iterator[str]:
    """Yield which graphs are missing; the first says by how much somebody's cred differs."""
    size = _misfit_words(misfit, names)
    for plugin in instance.without_graph:
        yield f"There is no graph of {plugin}, so what it minted is missing here{size}."
        size = ""


def _misfit_words(misfit: Misfit | None, names: Mapping[str, str]) -> str:
    if misfit is None:
        return ""
    when = "" if misfit.week_ms is None else f" in the week of {day(misfit.week_ms, year=True)}"
    return (
        f": {names.get(misfit.id, misfit.id)} was published with {misfit.theirs:,.4g} "
        f"cred{when}, and graphs, ledger and configuration give {misfit.ours:,.4g}"
    )


def _people(
    instance: Instance,
    ranking: Ranking,
    published: CredTable,
    strangers: set[str],
    names: Mapping[str, str],
) -> Iterator[str]:
    """Yield who was published but is not in the ledger, and the other way round."""
    if strangers:
        rows = [row for row, id_ in enumerate(published.ids) if id_ in strangers]
        listed = [names.get(id_, id_) for id_ in published.ids if id_ in strangers]
        yield (
            f"Published with {math.fsum(published.cred[rows].ravel()):,.4g} cred, but not in "
            "data/ledger.json, which is older than the scores or of another instance: "
            f"{_join_names(listed)}."
        )
    unpublished = {*ranking.scores.participants} - {*published.ids}
    if unpublished:
        yield (
            f"In data/ledger.json, but not in {_file(instance)}, which is older: "
            f"{_join_names(sorted(names[id_] for id_ in unpublished))}."
        )


def _clues(instance: Instance, reference: Ranking) -> Iterator[str]:
    """Yield what can be told about scores that are not of these files."""
    published = instance.published
    starts = published.starts_ms if published else ()
    weeks = reference.epochs.starts_ms.tolist()
    if starts and (not set(weeks) <= set(starts) or _has_cred_beyond(instance, weeks)):
        yield (f"The scores are of {_weeks(starts)}, the graphs of {_weeks(weeks)}.")
    if instance.timeline_files:
        yield (
            f"{', '.join(instance.timeline_files)}: SourceCred scored this instance with "
            "TimelineCred, as it did before version 0.9, and not with CredRank."
        )
    if instance.plugins.credequate:
        yield (
            f"CredEquate gave cred for {', '.join(instance.plugins.credequate)}, too; here it "
            "is CredRank's only."
        )
    for sentence in instance.effective_rules_left_out:
        yield f"{sentence}."
    if instance.local_dates:
        yield (
            f"{pluralize(len(instance.local_dates), 'date')} without a zone "
            f"({instance.local_dates[0]}) were read in the given time zone; SourceCred read "
            "them in that of its machine (--time-zone)."
        )
    if instance.scoring_run is None:
        yield (
            "No output/credGraph says how they were computed, so SourceCred's default "
            "parameters are assumed. Before version 0.9 it wrote none, and computed "
            "TimelineCred."
        )


def _has_cred_beyond(instance: Instance, weeks: Sequence[int]) -> bool:
    """Return whether cred was published in a week that the graphs do not have."""
    published = instance.published
    if published is None:
        return False
    beyond = [at for at, start in enumerate(published.starts_ms) if start not in set(weeks)]
    return any(cred[at] for cred in published.cred.values() for at in beyond)


def _weeks(starts: Sequence[int]) -> str:
    first, last = day(min(starts), year=True), day(max(starts), year=True)
    return f"{pluralize(len(starts), 'week')} from {first} to {last}"


def _file(instance: Instance) -> str:
    return instance.published.file if instance.published else "nothing"


def _join_names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
