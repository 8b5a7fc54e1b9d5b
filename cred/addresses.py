"""Addresses of nodes and edges: tuples of text parts, from the general to the particular.

The first part is the owner, the second the source, the third usually the kind:
`("sourcecred", "discord", "REACTION", channel, emoji, account, message)`. A *prefix* of an
address is an address that it starts with, part by part. Node and edge addresses are separate
name spaces. Reference: SourceCred's address module (SPEC-sourcecred.md §1).
"""

from cred.errors import InvalidInputError

Address = tuple[str, ...]

IDENTITY: Address = ("sourcecred", "core", "IDENTITY")
"""Prefix of the nodes that stand for participants."""

BONUS: Address = ("sourcecred", "core", "BONUS")
"""Prefix of the nodes that dependency minting adds."""

GADGET: Address = ("sourcecred", "core", "gadget")
"""Prefix reserved for the chain's own nodes (seed, accumulators, epochs)."""


def is_prefix(prefix: Address, address: Address) -> bool:
    """Tell whether `address` starts with `prefix`, part by part.

    >>> is_prefix(("x", "con"), ("x", "contribution"))
    False
    """
    return address[: len(prefix)] == prefix


def parse_address(parts: object) -> Address:
    """Return `parts` as an address.

    Raises
    ------
    InvalidInputError
        If it is not a sequence of texts, or a part holds a NUL.
    """
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise InvalidInputError(f"an address is a list of texts, not {parts!r:.80}.")
    if any("\0" in part for part in parts):
        raise InvalidInputError(f"no part of an address may hold a NUL: {parts!r:.80}.")
    return tuple(parts)


def format_address(address: Address) -> str:
    """Return the address in the form that people read and type: parts joined by `/`."""
    return "/".join(address)
