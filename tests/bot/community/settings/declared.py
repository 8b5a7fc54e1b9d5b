"""A source that has nothing but a declaration, to see what settings make of it."""

from collections.abc import Hashable, Mapping

from bot.community.settings.catalogue import Catalogue
from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Factor, NodeKind, Rule

FORUM = Declaration(
    source="forum",
    nodes=(NodeKind("post", ("x", "forum", "POST"), 0), NodeKind("like", ("x", "LIKE"), 4)),
    edges=(EdgeKind("authors", ("x", "forum", "AUTHORS"), EdgeWeight(0.25, 1)),),
    factors=(Factor("emoji", Rule.FIRST, "an emoji"),),
)


class DeclaredSource:
    """Has a declaration; its rules are the start of the community's history."""

    definitions: tuple[Definition, ...] = ()
    key_readers: Mapping[str, Reader] = {}

    def __init__(self, declaration: Declaration) -> None:
        self.name = declaration.source
        self.declaration = declaration

    def rules(self, get: GetSetting) -> Hashable:
        return str(get("history.start"))


def catalogue_of(*declarations: Declaration) -> Catalogue:
    """Return the catalogue of a community whose sources declare this."""
    return Catalogue([DeclaredSource(declaration) for declaration in declarations])
