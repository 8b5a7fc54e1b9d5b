"""Which nodes of the graph must not be named in a reply, because not everybody sees them."""

import numpy as np
from numpy.typing import NDArray

from bot.commands.kit.audience import sees_place
from bot.commands.weights.wording import Audience
from bot.services.entries.entry_events import PlatformId
from cred.credrank import Ranking
from cred.graph.structure import ABSENT
from cred.graph.weights import Field


def hidden_nodes(audience: Audience, ranking: Ranking) -> NDArray[np.bool_]:
    """Tell which nodes happened in a place that not everyone who reads the reply may see.

    Accounts and what was entered in no place are hidden from nobody, and of what an imported
    graph holds nothing is named that tells its place. What else is of a platform is hidden
    where its place is not known. The platforms are asked, so call it in the event loop.

    Returns
    -------
    ndarray of bool, shape (n,)
        In the order of the graph's nodes; the last ones may be minting rules' own, which are
        in no place.
    """
    structure, directory = ranking.graph.structure, audience.community.directory
    nodes = structure.nodes
    # By place, and last what is in none.
    is_unseen = np.zeros(int(nodes.place.max(initial=ABSENT)) + 2, np.bool_)
    for place in np.flatnonzero(np.bincount(nodes.place[nodes.place != ABSENT])).tolist():
        where = PlatformId(directory.place_source(place), directory.place(place))
        is_unseen[place] = not sees_place(audience, where)
    of_platform = np.array(
        [
            Field.HOME in kind.fields or Field.PLACE in kind.fields
            for kind in structure.node_kinds
        ],
        np.bool_,
    )
    is_lost = (nodes.place == ABSENT) & (nodes.account == ABSENT) & of_platform[nodes.kind]
    hidden = np.zeros(len(ranking.graph.mint), np.bool_)
    hidden[: len(nodes.place)] = is_unseen[nodes.place] | is_lost
    return hidden
