"""Graphs that plugins wrote (`output/graphs/<owner>/<plugin>/graph`), as archives.

An archive also gets the nodes of those of the ledger's aliases that are the plugin's and that
no graph has: SourceCred's contraction makes them real, and with them edges that dangled.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.files import finite_number, unwrap_compat
from cred.addresses import GADGET, IDENTITY, Address, format_address, is_prefix, parse_address
from cred.errors import InvalidInputError
from cred.graph.archive import BEYOND, Archive, TextInterner
from cred.graph.structure import ABSENT, TIMELESS
from cred.graph.weights import EdgeWeight, Weights

IDENTITIES: Final = "identities"
"""Name of the archive that has the nodes of the ledger's identities."""

_LATEST_MS: Final = 8_640_000_000_000_000
_NODE, _EDGE = "N\0", "E\0"


class ArchiveBuilder:
    """Makes archives, one plugin after the other.

    Parameters
    ----------
    claims
        The ledger's addresses, its identities' own included, each with the number of the
        account that it is.
    """

    def __init__(self, claims: Mapping[Address, int]) -> None:
        self._claims = claims
        self._seen: dict[Address, tuple[str, int]] = {}
        """Nodes so far, with the file and the date of each."""
        self._wanted: set[Address] = set()
        """Claimed ends that no node was there for."""

    def add(self, plugin: str, value: object, file: str) -> Archive:
        """Return the graph of a plugin.

        Parameters
        ----------
        plugin
            Its id: "sourcecred/discord".
        value, file
            What its graph's file holds, and the file's name.

        Raises
        ------
        InstanceError
            If it is no weighted graph, or at odds with itself or with one before.
        """
        body = unwrap_compat(value, file, "sourcecred/weightedGraph", ("0.1.0",))
        graph = unwrap_compat(
            _field(body, "graphJSON", file),
            f"{file}: graphJSON",
            "sourcecred/graph",
            ("0.8.0",),
        )
        table = parse_weights(_field(body, "weightsJSON", file), f"{file}: weightsJSON")
        addresses = _addresses(_field(graph, "sortedNodeAddresses", file), file)
        dates = self._dates(addresses, _field(graph, "nodes", file), file)
        own = _prefix_of(plugin)
        nodes = dict.fromkeys(dates)
        for address in self._claims:
            if is_prefix(own, address) and address not in self._seen and address not in nodes:
                nodes[address] = None
        self._seen |= {node: (file, dates.get(node, TIMELESS)) for node in nodes}
        return self._archive(
            archive_name(plugin), list(nodes), dates, _edges(graph, addresses, file), table
        )

    def rest(self) -> list[Archive]:
        """Return what belongs to no graph.

        That is the ledger's identities, and aliases, of plugins without a graph, that edges
        lead to.
        """
        left: dict[str, list[Address]] = {IDENTITIES: []}
        for address in self._claims:
            if address in self._seen:
                continue
            if is_prefix(IDENTITY, address):
                left[IDENTITIES].append(address)
            elif address in self._wanted:
                left.setdefault(archive_name("/".join(address[:2])), []).append(address)
        # Who takes no part any more is a node like any other, and must not mint.
        nothing = Weights(nodes={IDENTITY: 0.0})
        return [
            self._archive(name, nodes, {}, [], nothing if name == IDENTITIES else Weights())
            for name, nodes in left.items()
        ]

    def _dates(self, addresses: list[Address], listed: object, file: str) -> dict[Address, int]:
        """Return the date of every node that is new."""
        dates: dict[Address, int] = {}
        if not isinstance(listed, list):
            raise InstanceError(f"{file}: nodes must be a list.")
        for at, node in enumerate(listed):
            where = f"{file}: nodes[{at}]"
            address = addresses[_index(_field(node, "index", where), len(addresses), where)]
            date = node.get("timestampMs")
            at_ms = TIMELESS if date is None else _time(date, f"{where}.timestampMs")
            if is_prefix(GADGET, address):
                raise InstanceError(
                    f"{where}: {format_address(address)} is under a reserved prefix."
                )
            if address in dates:
                raise InstanceError(f"{where}: {format_address(address)} is there twice.")
            before = self._seen.get(address)
            if before is None:
                dates[address] = at_ms
            elif before[1] != at_ms:
                raise InstanceError(
                    f"{where}: {format_address(address)} is in {before[0]} too, with another date."
                )
        return dates

    def _archive(
        self,
        name: str,
        nodes: Sequence[Address],
        dates: Mapping[Address, int],
        edges: Sequence[tuple[Address, Address, Address, int]],
        table: Weights,
    ) -> Archive:
        texts = TextInterner()
        row = {address: at for at, address in enumerate(nodes)}
        beyond: dict[Address, int] = {}

        def end(address: Address) -> int:
            if address in row:
                return row[address]
            if address in self._claims:
                self._wanted.add(address)
            return BEYOND - beyond.setdefault(address, len(beyond))

        count = len(edges)
        ways = list(table.edges.values())
        return Archive(
            name=name,
            nodes=texts.column(nodes),
            node_ms=np.array([dates.get(node, TIMELESS) for node in nodes], np.int64),
            account=np.array([self._claims.get(node, ABSENT) for node in nodes], np.int32),
            contribution=np.full(len(nodes), ABSENT, np.int32),
            edges=texts.column(edge[0] for edge in edges),
            source=np.fromiter((end(edge[1]) for edge in edges), np.int32, count),
            target=np.fromiter((end(edge[2]) for edge in edges), np.int32, count),
            edge_ms=np.fromiter((edge[3] for edge in edges), np.int64, count),
            elsewhere=texts.column(beyond),
            weighted_nodes=texts.column(table.nodes),
            node_weight=np.array([*table.nodes.values()], np.float64),
            weighted_edges=texts.column(table.edges),
            forward=np.array([way.forward for way in ways], np.float64),
            backward=np.array([way.backward for way in ways], np.float64),
            texts=texts.texts,
        )


def archive_name(plugin: str) -> str:
    """Return what a plugin is called here.

    >>> short("sourcecred/discord"), short("external/club")
    ('discord', 'external/club')
    """
    return plugin.removeprefix("sourcecred/")


def parse_weights(value: object, where: str) -> Weights:
    """Return a table of weights (`sourcecred/parse_weights`), as a plugin or an operator wrote it.

    Raises
    ------
    InstanceError
        If it is none.
    """
    body = unwrap_compat(value, where, "sourcecred/weights", ("0.2.0",))
    nodes, edges = {}, {}
    for stored, weight in _table(body, "nodeWeights", where):
        prefix = parse_stored_address(stored, _NODE, where)
        nodes[prefix] = finite_number(
            weight, f"{where}: the weight of {format_address(prefix)!r}"
        )
        if nodes[prefix] < 0.0:
            raise InstanceError(
                f"{where}: the weight of {format_address(prefix)!r} is less than 0."
            )
    for stored, both in _table(body, "edgeWeights", where):
        prefix = parse_stored_address(stored, _EDGE, where)
        place = f"{where}: the weight of {format_address(prefix)!r}"
        edges[prefix] = EdgeWeight(
            finite_number(_field(both, "forwards", place), place),
            finite_number(_field(both, "backwards", place), place),
        )
    return Weights(nodes=nodes, edges=edges)


def parse_stored_address(stored: object, letter: str, where: str) -> Address:
    r"""Return an address from the form it is stored in.

    >>> address_of("N\0sourcecred\0discord\0", "N\0", "a file")
    ('sourcecred', 'discord')

    Raises
    ------
    InstanceError
        If it is in no such form.
    """
    if not (isinstance(stored, str) and stored.startswith(letter) and stored.endswith("\0")):
        raise InstanceError(f"{where}: {stored!r:.80} is no stored address.")
    inner = stored.removeprefix(letter)
    return tuple(inner[:-1].split("\0")) if inner else ()


def _prefix_of(plugin: str) -> Address:
    return tuple(plugin.split("/"))


def _addresses(value: object, file: str) -> list[Address]:
    if not isinstance(value, list):
        raise InstanceError(f"{file}: sortedNodeAddresses must be a list.")
    return [_address(one, f"{file}: sortedNodeAddresses[{at}]") for at, one in enumerate(value)]


def _edges(
    graph: object, addresses: Sequence[Address], file: str
) -> list[tuple[Address, Address, Address, int]]:
    listed = _field(graph, "edges", file)
    if not isinstance(listed, list):
        raise InstanceError(f"{file}: edges must be a list.")
    found = []
    seen: set[Address] = set()
    for at, edge in enumerate(listed):
        where = f"{file}: edges[{at}]"
        address = _address(_field(edge, "address", where), where)
        if address in seen:
            raise InstanceError(f"{where}: {format_address(address)} is there twice.")
        seen.add(address)
        source, target = (
            addresses[_index(_field(edge, key, where), len(addresses), f"{where}.{key}")]
            for key in ("srcIndex", "dstIndex")
        )
        when = _time(_field(edge, "timestampMs", where), f"{where}.timestampMs")
        found.append((address, source, target, when))
    return found


def _address(value: object, where: str) -> Address:
    try:
        return parse_address(value)
    except InvalidInputError as error:
        raise InstanceError(f"{where}: {error}") from None


def _index(value: object, count: int, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise InstanceError(
            f"{where}: there is no address {value!r:.40} (there are {count:,})."
        )
    return value


def _time(value: object, where: str) -> int:
    number = finite_number(value, where)
    if not abs(number) <= _LATEST_MS or number != int(number):
        raise InstanceError(f"{where} must be a whole number of milliseconds, not {value}.")
    return int(number)


def _field(value: object, key: str, where: str) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, dict) or key not in value:
        raise InstanceError(f"{where} has no {key!r}.")
    return value[key]


def _table(value: object, key: str, where: str) -> Iterable[tuple[str, Any]] | Iterator[Any]:
    table = _field(value, key, where)
    if not isinstance(table, dict):
        raise InstanceError(f"{where}: {key} must be an object.")
    return table.items()
