"""Which post replies to which, though posts are moved between topics.

The log has what a post replied to when it was first read. When Discourse moves a post without
that, the post replies to nothing any more, which counts as replying to what opens the topic.
A reply that stays behind when its parent is moved replies to a number that no post has.
"""

import numpy as np
from numpy.typing import NDArray

from cred.facts.activity import Replies
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import find


def find_replies(
    replies: Replies,
    target: Numbers,
    at_ms: Numbers,
    topic: Numbers,
    is_moved: NDArray[np.bool_],
) -> tuple[Numbers, Numbers]:
    """Return which posts reply to which now, as contribution numbers.

    Parameters
    ----------
    replies
        As the log has them.
    target, at_ms
        All posts of a forum, increasing, and when they were posted.
    topic
        The topic that each is in now, from 0 up, or `MISSING`.
    is_moved
        Whether that is another than at first.
    """
    child = find(target, replies.target)
    parents = replies.parent[child != MISSING]
    child = child[child != MISSING]
    parent = find(target, parents)
    here = topic[child]
    there = np.where(parent == MISSING, MISSING, topic[parent])
    is_known = (here == MISSING) | (
        (parent != MISSING) & ((there == here) | (there == MISSING))
    )
    opening = _find_openings(replies, target, at_ms, topic)
    parents = np.where(is_known, parents, np.where(is_moved[child], opening[here], MISSING))
    counts = (parents != MISSING) & (parents != target[child])
    return target[child[counts]], parents[counts]


def _find_openings(
    replies: Replies, target: Numbers, at_ms: Numbers, topic: Numbers
) -> Numbers:
    """Return the post that opens each topic; the last is that of `MISSING`, which has none.

    It is the first that replied to nothing, or, where all came from another topic, the first.
    """
    opening = np.full(int(topic.max(initial=MISSING)) + 2, MISSING, np.int64)
    is_reply = find(replies.target, target) != MISSING
    order = np.lexsort((target, at_ms, is_reply, topic))
    topics, first = np.unique(topic[order], return_index=True)
    opening[topics] = target[order[first]]
    opening[MISSING] = MISSING
    return opening
