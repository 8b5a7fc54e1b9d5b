"""Converts the graphs of plugins (`output/graphs/<owner>/<plugin>/graph`) to archives.

An archive also gets a node for each alias of the ledger that belongs to its plugin and is in no
graph: SourceCred creates these nodes when it contracts aliases, and dangling edges may lead to
them.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.files import finite_number, unwrap_compat
from cred.addresses import GADGET, IDENTITY, Address, format_address, is_prefix, parse_address
from cred.errors import InvalidInputError
from cred.graph.archive import BEYOND, Archive, TextInterner
from cred.graph.structure import ABSENT, TIMELESS
from cred.graph.weights import EdgeWeight, Weights

IDENTITIES: Final = "identities"
"""Name of the archive that holds the nodes of the ledger's identities."""

_LATEST_MS: Final = 8_640_000_000_000_000
_NODE, _EDGE = "N\0", "E\0"


class ArchiveBuilder:
    """Builds archives, one plugin after the other.

    Parameters
    ----------
    claims
        The account number of every address in the ledger, including the identities' own.
    """

    def __init__(self, claims: Mapping[Address, int]) -> None:
        self._claims = claims
        self._seen: dict[Address, tuple[str, int]] = {}
        """The nodes so far, each with its file and date."""
        self._missing: set[Address] = set()
        """Claimed addresses at the end of an edge that had no node."""

    def add(self, plugin: str, value: object, file: str) -> Archive:
        """Return the archive of a plugin's graph.

        Parameters
        ----------
        plugin
            The plugin's id, such as "sourcecred/discord".
        value, file
            The JSON value of its graph's file, and the file's name.

        Raises
        ------
        InstanceError
            If it is not a weighted graph, or contradicts itself or a graph added before.
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
        prefix = tuple(plugin.split("/"))
        nodes = dict.fromkeys(dates)
        for address in self._claims:
            if (
                is_prefix(prefix, address)
                and address not in self._seen
                and address not in nodes
            ):
                nodes[address] = None
        self._seen |= {node: (file, dates.get(node, TIMELESS)) for node in nodes}
        return self._archive(
            archive_name(plugin), list(nodes), dates, _edges(graph, addresses, file), table
        )

    def remaining_archives(self) -> list[Archive]:
        """Return archives of the ledger's nodes that are in no graph.

        These are the identities, and the aliases that edges lead to but whose plugin has no
        graph.
        """
        remaining: dict[str, list[Address]] = {IDENTITIES: []}
        for address in self._claims:
            if address in self._seen:
                continue
            if is_prefix(IDENTITY, address):
                remaining[IDENTITIES].append(address)
            elif address in self._missing:
                remaining.setdefault(archive_name("/".join(address[:2])), []).append(address)
        # Identities that are no longer active are nodes like any other, but must not mint.
        nothing = Weights(nodes={IDENTITY: 0.0})
        return [
            self._archive(name, nodes, {}, [], nothing if name == IDENTITIES else Weights())
            for name, nodes in remaining.items()
        ]

    def _dates(self, addresses: list[Address], listed: object, file: str) -> dict[Address, int]:
        """Return the date of every node that no graph had before."""
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
                raise InstanceError(f"{where}: {format_address(address)} is listed twice.")
            before = self._seen.get(address)
            if before is None:
                dates[address] = at_ms
            elif before[1] != at_ms:
                raise InstanceError(
                    f"{where}: {format_address(address)} is in {before[0]} too, with another "
                    "date."
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
        elsewhere: dict[Address, int] = {}

        def end_row(address: Address) -> int:
            if address in row:
                return row[address]
            if address in self._claims:
                self._missing.add(address)
            return BEYOND - elsewhere.setdefault(address, len(elsewhere))

        count = len(edges)
        edge_weights = list(table.edges.values())
        return Archive(
            name=name,
            nodes=texts.column(nodes),
            node_ms=np.array([dates.get(node, TIMELESS) for node in nodes], np.int64),
            account=np.array([self._claims.get(node, ABSENT) for node in nodes], np.int32),
            contribution=np.full(len(nodes), ABSENT, np.int32),
            edges=texts.column(edge[0] for edge in edges),
            source=np.fromiter((end_row(edge[1]) for edge in edges), np.int32, count),
            target=np.fromiter((end_row(edge[2]) for edge in edges), np.int32, count),
            edge_ms=np.fromiter((edge[3] for edge in edges), np.int64, count),
            elsewhere=texts.column(elsewhere),
            weighted_nodes=texts.column(table.nodes),
            node_weight=np.array([*table.nodes.values()], np.float64),
            weighted_edges=texts.column(table.edges),
            forward=np.array([weight.forward for weight in edge_weights], np.float64),
            backward=np.array([weight.backward for weight in edge_weights], np.float64),
            texts=texts.texts,
        )


def renumber(
    archive: Archive,
    numbers: NDArray[np.int32],
    weights: Mapping[Address, float],
) -> Archive:
    """Return an archive with a community's account numbers, and with its share of weights.

    Parameters
    ----------
    archive
        An archive of `ArchiveBuilder`.
    numbers
        The community's account number by the one in the archive; ABSENT if it has none.
    weights
        Node weights by prefix, of all archives; they come before the archive's own.
    """
    account = np.where(archive.account == ABSENT, ABSENT, numbers[archive.account])
    own_weights = {
        prefix: weight
        for prefix, weight in weights.items()
        if _archive_of(prefix) == archive.name
    }
    archive = dataclasses.replace(archive, account=account.astype(np.int32))
    if not own_weights:
        return archive
    texts = TextInterner()
    texts.column([archive.texts])
    table = dict(_weights(archive)) | own_weights
    return dataclasses.replace(
        archive,
        weighted_nodes=texts.column(table),
        node_weight=np.array([*table.values()], np.float64),
        texts=texts.texts,
    )


def archive_name(plugin: str) -> str:
    """Return the name of a plugin's archive.

    >>> archive_name("sourcecred/discord"), archive_name("external/club")
    ('discord', 'external/club')
    """
    return plugin.removeprefix("sourcecred/")


def parse_weights(value: object, where: str) -> Weights:
    """Parse a table of weights (`sourcecred/weights`), written by a plugin or an operator.

    Raises
    ------
    InstanceError
        If it is malformed, or a node's weight is negative or not finite.
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
    r"""Parse an address from the form in which SourceCred stores it.

    >>> parse_stored_address("N\0sourcecred\0discord\0", "N\0", "a file")
    ('sourcecred', 'discord')

    Raises
    ------
    InstanceError
        If it is not in that form.
    """
    if not (isinstance(stored, str) and stored.startswith(letter) and stored.endswith("\0")):
        raise InstanceError(f"{where}: {stored!r:.80} is not a stored address.")
    inner = stored.removeprefix(letter)
    return tuple(inner[:-1].split("\0")) if inner else ()


def _addresses(value: object, file: str) -> list[Address]:
    if not isinstance(value, list):
        raise InstanceError(f"{file}: sortedNodeAddresses must be a list.")
    return [
        _address(address, f"{file}: sortedNodeAddresses[{at}]")
        for at, address in enumerate(value)
    ]


def _edges(
    graph: object, addresses: Sequence[Address], file: str
) -> list[tuple[Address, Address, Address, int]]:
    listed = _field(graph, "edges", file)
    if not isinstance(listed, list):
        raise InstanceError(f"{file}: edges must be a list.")
    edges = []
    seen: set[Address] = set()
    for at, edge in enumerate(listed):
        where = f"{file}: edges[{at}]"
        address = _address(_field(edge, "address", where), where)
        if address in seen:
            raise InstanceError(f"{where}: {format_address(address)} is listed twice.")
        seen.add(address)
        source, target = (
            addresses[_index(_field(edge, key, where), len(addresses), f"{where}.{key}")]
            for key in ("srcIndex", "dstIndex")
        )
        at_ms = _time(_field(edge, "timestampMs", where), f"{where}.timestampMs")
        edges.append((address, source, target, at_ms))
    return edges


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


def _field(value: object, key: str, where: str) -> Any:
    if not isinstance(value, dict) or key not in value:
        raise InstanceError(f"{where} has no {key!r}.")
    return value[key]


def _table(value: object, key: str, where: str) -> Iterable[tuple[str, Any]] | Iterator[Any]:
    table = _field(value, key, where)
    if not isinstance(table, dict):
        raise InstanceError(f"{where}: {key} must be an object.")
    return table.items()


def _archive_of(prefix: Address) -> str:
    """Return the name of the archive that holds the weight of a prefix."""
    if not prefix[1:] or prefix[:2] == IDENTITY[:2]:
        return IDENTITIES
    return archive_name("/".join(prefix[:2]))


def _weights(archive: Archive) -> Iterable[tuple[Address, float]]:
    return (
        (archive.weighted_nodes.at(row, archive.texts), weight)
        for row, weight in enumerate(archive.node_weight.tolist())
    )
