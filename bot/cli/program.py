"""Declares every command with its arguments and its help text.

The work of a command is in a module beside this one, imported only when the command runs, so
that `--help` answers at once.
"""

# ruff: noqa: FBT002, PLC0415 -- typer makes options of arguments; imports are explained above

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.cli.status import finish

app = typer.Typer(
    name="credbot",
    help="Contribution scoring (CredRank) for open communities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
import_app = typer.Typer(no_args_is_help=True, help="Import history from files.")
app.add_typer(import_app, name="import")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")
]
"""The option of every command that has machine-readable output."""


def _version(wanted: bool) -> None:  # noqa: FBT001 -- typer's signature
    if wanted:
        from importlib.metadata import version

        print(f"credbot {version('credbot')}")
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Contribution scoring (CredRank) for open communities."""


@app.command(epilog="Example: printf '!cred\\n!cred board\\n' | credbot demo")
def demo(
    seed: Annotated[
        int, typer.Option(help="Seed of the random numbers that the community is made with.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Score a made-up community, then answer what you type. Needs no token and no network.

    If standard input is not a terminal, every line of it is a command, and the demo ends after
    the last one. A line that begins with a name, as in "@imke: !cred", comes from that person.
    """
    from bot.cli.demo import demo as work

    finish(lambda: work(seed=seed, as_json=as_json))


@app.command(epilog="Example: CRED_DISCORD_TOKEN_FILE=token.txt credbot run")
def run() -> None:
    """Run the bot until Ctrl-C. Its settings come from the environment and the file .env."""
    from bot.cli.run import run as work

    finish(work)


@app.command(epilog="Example: credbot check --json")
def check(as_json: AsJson = False) -> None:
    """Check the settings, token, intents, permissions, community files and disk space."""
    from bot.cli.check.check import check as work

    finish(lambda: work(as_json=as_json))


@app.command(epilog="Example: credbot backfill --json")
def backfill(as_json: AsJson = False) -> None:
    """Read the history that is missing, of every server and forum, and stop.

    `credbot run` does this too. If it is interrupted, the next run continues where it stopped.
    """
    from bot.cli.backfill import backfill as work

    finish(lambda: work(as_json=as_json))


@import_app.command(
    "discord-export", epilog="Example: credbot import discord-export exports/ general.json"
)
def import_discord_export(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, or folders of files.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Import JSON files made by DiscordChatExporter. The texts of messages are not stored.

    If it is interrupted, the next run continues where it stopped. Files that were imported
    before are skipped.
    """
    from bot.cli.import_discord_export import import_exports as work

    finish(lambda: work(paths, as_json=as_json))


@import_app.command(
    "sourcecred", epilog="Example: credbot import sourcecred our-instance/ --dry-run"
)
def import_sourcecred(
    folder: Annotated[
        Path, typer.Argument(help="The folder that holds sourcecred.json.", show_default=False)
    ],
    community: Annotated[
        str | None,
        typer.Option(
            help="The community to import into: the name of its file without .db. "
            "By default, that of the instance's Discord server.",
        ),
    ] = None,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and compare everything, but store nothing.")
    ] = False,
    sourcecred_boundaries: Annotated[
        bool,
        typer.Option(
            "--sourcecred-boundaries",
            help="Count an edge at the very start of a week to the week before, as SourceCred "
            "does, and set scoring.sourcecred-boundaries for the community.",
        ),
    ] = False,
    initiatives_by_hand: Annotated[
        bool,
        typer.Option(
            "--initiatives-by-hand",
            help="Enter initiatives as if by hand, so that work on them can go on. Their graph "
            "is then built from these entries, not from the archive.",
        ),
    ] = False,
    time_zone: Annotated[
        str,
        typer.Option(
            help="Time zone of the machine that SourceCred ran on; it applies to dates such as "
            "2/1/2018.",
        ),
    ] = "UTC",
) -> None:
    """Import a SourceCred instance: its settings, people and graphs.

    Compares its published cred with ours, and reports what was imported, what was not, and why.
    Importing it again adds only what is new.
    """
    from bot.cli.import_sourcecred import import_sourcecred as work

    finish(
        lambda: work(
            folder,
            community=community,
            as_json=as_json,
            dry_run=dry_run,
            sourcecred_boundaries=sourcecred_boundaries,
            initiatives_by_hand=initiatives_by_hand,
            time_zone=time_zone,
        )
    )


@app.command(epilog="Example: credbot export discord-123456789 --after 1000 > events.jsonl")
def export(
    community: Annotated[
        str, typer.Argument(help="The name of the community's file without .db.")
    ],
    after: Annotated[
        int, typer.Option(min=0, help="Print only events after this position.")
    ] = 0,
) -> None:
    """Print the events of a community as JSON Lines, oldest first."""
    from bot.cli.export import export as work

    finish(lambda: work(community, after=after))


@app.command(epilog="Example: credbot credrank graph.json.gz --json > scores.json")
def credrank(
    file: Annotated[
        Path, typer.Argument(help="A graph as JSON, plain or gzip; - means standard input.")
    ],
    as_json: AsJson = False,
    sourcecred_boundaries: Annotated[
        bool,
        typer.Option(
            "--sourcecred-boundaries",
            help="Count an edge at the very start of a week to the week before, as SourceCred "
            "does.",
        ),
    ] = False,
    engine: Annotated[
        # The values of `cred.credrank.Engine`, which takes long to import.
        Literal["folded", "plain"],
        typer.Option(
            help="The solver. Both give the same numbers; plain is slower and simpler."
        ),
    ] = "folded",
) -> None:
    """Compute the cred of a graph file, without a database.

    The file is in the format credref/credrank-1 or credref/pipeline-1, or only its "input".
    """
    from bot.cli.credrank import rank as work

    finish(
        lambda: work(
            file,
            as_json=as_json,
            sourcecred_boundaries=sourcecred_boundaries,
            engine=engine,
        )
    )


@app.command(
    epilog="Example: credbot settings discord-123456789 set weights.emoji.👍 2",
    # A value such as -1 is not an option: the setting itself says what it must be.
    context_settings={"ignore_unknown_options": True},
)
def settings(
    community: Annotated[
        str, typer.Argument(help="The name of the community's file without .db.")
    ],
    action: Annotated[
        # `bot.cli.settings.Action`, which takes long to import.
        Literal["list", "get", "set", "reset", "export", "import"],
        typer.Argument(help="What to do."),
    ] = "list",
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="get, reset: NAME ...; set: NAME VALUE ...; import: FILE", show_default=False
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why; stored with the change.")
    ] = "changed on the command line",
    as_json: AsJson = False,
) -> None:
    """Show or change the settings of a community, such as weights and channels.

    Every change makes a new version; all versions are kept. "export" prints all weights, and
    "import" makes them those of such a file.
    """
    from bot.cli.settings import settings as work

    finish(lambda: work(community, action, words or [], reason=reason, as_json=as_json))


@app.command(epilog="Example: credbot people discord-123456789 export ada --output ada.json")
def people(
    community: Annotated[
        str, typer.Argument(help="The name of the community's file without .db.")
    ],
    action: Annotated[
        # `bot.services.people_requests.Action`, which takes long to import.
        Literal["find", "optout", "optin", "erase", "export"],
        typer.Argument(help="What to do."),
    ],
    who: Annotated[
        str, typer.Argument(help="An account as discord:123, or a name.", show_default=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Erase without being asked.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="File that export writes; standard output if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find, opt out or in, erase or export a person, as they could do in chat.

    It concerns the whole person, with all accounts that are linked.
    A running bot is asked to do it.

    docs/privacy.md says what an erasure removes and what stays.
    """
    from bot.cli.people import people as work

    finish(lambda: work(community, action, who, sure=yes, output=output, as_json=as_json))
