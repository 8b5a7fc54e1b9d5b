"""Reports in words what was imported from an instance, what was not, and why."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from bot.commands.kit.wording import pluralize
from bot.importers.sourcecred.accounts import PeopleImport
from bot.importers.sourcecred.folder.files import ACCOUNTS, CRED_GRAPH, VIEW
from bot.importers.sourcecred.folder.plugins import FILE as PLUGINS
from bot.importers.sourcecred.instance import Instance
from bot.importers.sourcecred.mapping import MappedConfig, ReportLine

_MOST_NAMES: Final = 10

_MONEY: Final = {
    "DISTRIBUTE_GRAIN": ("distribution", "distributions"),
    "TRANSFER_GRAIN": ("transfer", "transfers"),
    "SET_PAYOUT_ADDRESS": ("payout address", "payout addresses"),
    "TOGGLE_ACTIVATION": ("activation", "activations"),
}
_HINT: Final = ": the branch gh-pages often holds the outputs, to be copied from there"


def report_lines(instance: Instance, mapped: MappedConfig) -> list[ReportLine]:
    """Return a line for each part of an instance, in the order of its folder."""
    return [
        *_plugins(instance),
        *mapped.report,
        *_rules(instance),
        *_graphs(instance),
        _participants(instance),
        *_skipped_parts(instance),
    ]


def _plugins(instance: Instance) -> list[ReportLine]:
    skipped = [f"{key} (not known)" for key in instance.plugins.unknown_keys]
    if instance.plugins.credequate:
        names = ", ".join(instance.plugins.credequate)
        skipped.append(
            f"credEquatePlugins ({names}): credbot computes CredRank only, so cred that "
            "CredEquate gave is missing"
        )
    return [ReportLine(PLUGINS, "", "; ".join(skipped))] if skipped else []


def _rules(instance: Instance) -> list[ReportLine]:
    rules: list[tuple[str, int, str, str]] = [
        ("config/pluginBudgets.json", len(instance.budgets), "weekly budget", "weekly budgets"),
        ("config/dependencies.json", len(instance.dependencies), "dependency", "dependencies"),
        (
            "config/personalAttributions.json",
            len(instance.attributions),
            "attribution",
            "attributions",
        ),
    ]
    return [
        ReportLine(
            file,
            pluralize(count, singular, plural) if count else "",
            "; ".join(instance.rules_left_out.get(file, ())),
        )
        for file, count, singular, plural in rules
        if count or file in instance.rules_left_out
    ]


def _graphs(instance: Instance) -> list[ReportLine]:
    graphs = [
        ReportLine(
            f"graph of {archive.name}",
            f"{len(archive.nodes):,} nodes, {len(archive.edges):,} edges, as an archive",
            "descriptions: texts are not stored",
        )
        for archive in instance.archives
        if len(archive.edges)
    ]
    missing = [
        ReportLine(f"graph of {plugin}", "", reason)
        for plugin, reason in instance.without_graph.items()
    ]
    return graphs + missing


def _participants(instance: Instance) -> ReportLine:
    participants = instance.ledger.participants
    accounts = Counter(_platform(address) for address in instance.addresses)
    accounts.pop("core", None)
    by_platform = ", ".join(
        f"{count} of {platform}" for platform, count in sorted(accounts.items())
    )
    return ReportLine(
        "data/ledger.json: who is who",
        f"{pluralize(len(participants), 'person', 'people')} with "
        f"{pluralize(sum(accounts.values()), 'account')}"
        + (f" ({by_platform})" if by_platform else ""),
    )


def _platform(address: tuple[str, ...]) -> str:
    return address[1] if len(address) > 1 else "core"


def erasure_lines(count: int) -> list[ReportLine]:
    """Return the line about people of the ledger who were erased here, if there are any."""
    if not count:
        return []
    reason = (
        f"{pluralize(count, 'person was', 'people were')} erased here, and not imported again; "
        "rules about them stay as they are"
    )
    return [ReportLine("people erased here", "", reason)]


def forum_lines(people: PeopleImport) -> list[ReportLine]:
    """Return the line about the forum's user names: who was tied to an account, and who not."""
    names: dict[str, list[str]] = defaultdict(list)
    for address, reason in people.by_name_only.items():
        names[reason].append(address[-1])
    skipped = [f"{_join_names(given)}: {reason}" for reason, given in names.items()]
    if people.by_name_only:
        skipped.append(
            f"{pluralize(len(people.by_name_only), 'name')} in all: run this again once the "
            "forum has been read, or let them link their accounts themselves"
        )
    if people.withdrawn:
        skipped.append(
            f"{_join_names(people.withdrawn)}: an earlier import linked an account that wrote "
            "none of their posts, so that link is undone"
        )
    tied = pluralize(people.tied, "name") + " linked to the account that wrote the posts"
    if not (skipped or people.tied):
        return []
    return [
        ReportLine("user names of the forum", tied if people.tied else "", "; ".join(skipped))
    ]


def _join_names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def initiative_lines(
    instance: Instance, skipped: Sequence[str], *, by_hand: bool
) -> list[ReportLine]:
    """Return the line about initiatives: entered by hand, or only kept in the archive."""
    if not instance.initiatives:
        return []
    files = pluralize(len(instance.initiatives), "file")
    if by_hand:
        return [ReportLine("initiatives", f"{files}, as entered by hand", "; ".join(skipped))]
    hint = "--initiatives-by-hand enters them, so that work on them can go on"
    return [ReportLine("initiatives", "in the archive of their graph", f"{files}: {hint}")]


def _skipped_parts(instance: Instance) -> list[ReportLine]:
    lines = []
    actions = instance.ledger.actions
    money = [
        pluralize(actions[key], *words) for key, words in _MONEY.items() if actions.get(key)
    ]
    if money:
        reason = "credbot does not pay out grain yet, and people will opt in again when it does"
        lines.append(ReportLine("data/ledger.json: grain", "", f"{', '.join(money)}: {reason}"))
    if instance.published is not None:
        lines.append(
            ReportLine(instance.published.file, "", "published scores: only compared with ours")
        )
    else:
        reason = f"{VIEW} and {ACCOUNTS}.json are missing or empty{_HINT}"
        lines.append(ReportLine("published scores", "", reason))
    if instance.scoring_run is None and CRED_GRAPH not in "".join(instance.unused_files):
        reason = f"{CRED_GRAPH} is missing or empty{_HINT}. The usual ones are used"
        lines.append(ReportLine("CredRank's parameters", "", reason))
    lines += [ReportLine(name, "", reason) for name, reason in instance.unused_files.items()]
    return lines
