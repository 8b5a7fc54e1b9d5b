"""What of an instance was taken and what was left, in words."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.commands.kit.wording import counted
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.mapping import Note, Taken

_MONEY: Final = {
    "DISTRIBUTE_GRAIN": ("distribution", "distributions"),
    "TRANSFER_GRAIN": ("transfer", "transfers"),
    "SET_PAYOUT_ADDRESS": ("payout address", "payout addresses"),
    "TOGGLE_ACTIVATION": ("activation", "activations"),
}


def notes(instance: Instance, taken: Taken) -> list[Note]:
    """Return what becomes of each part of an instance, in the order of its folder."""
    return [
        *taken.notes,
        *_rules(instance),
        *_graphs(instance),
        _people(instance),
        *_left(instance),
    ]


def _rules(instance: Instance) -> list[Note]:
    told: list[tuple[str, int, str, str]] = [
        ("config/pluginBudgets.json", len(instance.budgets), "weekly budget", "weekly budgets"),
        ("config/dependencies.json", len(instance.dependencies), "dependency", "dependencies"),
        (
            "config/personalAttributions.json",
            len(instance.attributions),
            "attribution",
            "attributions",
        ),
    ]
    return [Note(file, counted(count, one, more)) for file, count, one, more in told if count]


def _graphs(instance: Instance) -> list[Note]:
    found = [
        Note(
            f"graph of {archive.name}",
            f"{len(archive.nodes):,} nodes, {len(archive.edges):,} edges, as an archive",
            "descriptions: no text is kept",
        )
        for archive in instance.archives
        if len(archive.edges)
    ]
    missing = [
        Note(f"graph of {plugin}", "", "there is none in output/graphs")
        for plugin in instance.without_graph
    ]
    return found + missing


def _people(instance: Instance) -> Note:
    people = instance.ledger.people
    kinds = Counter(_platform(address) for address in instance.addresses)
    kinds.pop("core", None)
    told = ", ".join(f"{count} of {kind}" for kind, count in sorted(kinds.items()))
    by_name = kinds["discourse"]
    return Note(
        "data/ledger.json: who is who",
        f"{counted(len(people), 'person', 'people')} with "
        f"{counted(sum(kinds.values()), 'account')} ({told})",
        f"{counted(by_name, 'Discourse account')} known by name only: once the forum was read, "
        "run this again, and they are tied to its accounts"
        if by_name
        else "",
    )


def _platform(address: tuple[str, ...]) -> str:
    return address[1] if len(address) > 1 else "core"


def initiatives(instance: Instance, left: Sequence[str], *, entered: bool) -> list[Note]:
    """Return what becomes of initiatives: entered by hand, or only in the archive."""
    if not instance.initiatives:
        return []
    files = counted(len(instance.initiatives), "file")
    if entered:
        return [Note("initiatives", f"{files}, as entered by hand", "; ".join(left))]
    stay = "--initiatives-by-hand enters them, so that work on them can go on"
    return [Note("initiatives", "in the archive of their graph", f"{files}: {stay}")]


def _left(instance: Instance) -> list[Note]:
    left = []
    actions = instance.ledger.actions
    money = [counted(actions[key], *words) for key, words in _MONEY.items() if actions.get(key)]
    if money:
        why = "balances follow when grain does, and who is paid opts in anew"
        left.append(Note("data/ledger.json: grain", "", f"{', '.join(money)}: {why}"))
    if instance.published is not None:
        left.append(
            Note(instance.published.file, "", "published scores: only compared with ours")
        )
    for name in instance.others:
        why = (
            "comes with grain"
            if name.startswith(("config/grain", "config/currency"))
            else "of a plugin that is not in use"
        )
        left.append(Note(name, "", why))
    return left
