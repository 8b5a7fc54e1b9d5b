"""Ranks the participants of an instance from its own files."""

import dataclasses

from bot.importers.sourcecred.instance import Instance
from cred.chain.attributions import Attribution
from cred.chain.parameters import Parameters
from cred.credrank import Ranking
from cred.files.graph_file import GraphFile
from cred.graph.archive import structure_from_archive
from cred.graph.identities import participants_by_account
from cred.graph.merging import merge_structures


def rank_instance(instance: Instance, *, sourcecred_boundaries: bool = False) -> Ranking:
    """Rank the participants of an instance.

    Raises
    ------
    InvalidInputError
        If its parts contradict one another, or nothing in it mints.
    NotConvergedError
        If the computation does not reach its tolerance.
    """
    merged = merge_structures(
        [structure_from_archive(archive) for archive in instance.archives]
    )
    numbers = {address: number for number, address in enumerate(instance.addresses, 1)}
    participants = {
        numbers[address]: participant.id
        for participant in instance.ledger.participants
        for address in participant.addresses
    }
    return GraphFile(
        structure=merged,
        weights=instance.overrides,
        participants=participants_by_account(merged, participants),
        parameters=instance.scoring_run.parameters if instance.scoring_run else Parameters(),
        attributions=instance.attributions,
        budgets=instance.budgets,
        dependencies=instance.dependencies,
    ).rank(sourcecred_boundaries=sourcecred_boundaries)


def attribution_offsets(instance: Instance) -> frozenset[int]:
    """Return by how many ms SourceCred's dates of attributions are later than ours.

    There are none if all agree, or if the lists cannot be compared.
    """
    moments = _their_moment(instance)
    return frozenset(there - here for here, there in moments.items() if there != here)


def with_their_attribution_dates(instance: Instance) -> Instance:
    """Return an instance whose attributions are dated as SourceCred understood them."""
    moments = _their_moment(instance)
    return dataclasses.replace(
        instance,
        attributions=tuple(
            Attribution(
                attribution.giver,
                attribution.receiver,
                tuple((moments[at_ms], share) for at_ms, share in attribution.changes),
            )
            for attribution in instance.attributions
        ),
    )


def _their_moment(instance: Instance) -> dict[int, int]:
    """Return SourceCred's moment for each of ours, both being in the same order."""
    ours = sorted(at_ms for given in instance.attributions for at_ms, _ in given.changes)
    theirs = sorted(instance.scoring_run.attribution_ms if instance.scoring_run else ())
    return dict(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else {}
