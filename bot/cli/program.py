"""Every command with its arguments and help.

What they do is in the modules beside this one, each imported when its command runs, so that
`--help` answers at once.
"""

# ruff: noqa: FBT002, PLC0415 -- options are what typer makes of arguments; see above

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.cli.actions import Action
from bot.cli.status import finish

app = typer.Typer(
    name="credbot",
    help="Live contribution scoring (CredRank) for open communities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
importing = typer.Typer(no_args_is_help=True, help="Take in history from files.")
app.add_typer(importing, name="import")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print machine-readable JSON on standard output.")
]
"""The same option wherever there is machine-readable output."""


def _version(wanted: bool) -> None:  # noqa: FBT001 -- typer's signature
    if wanted:
        print(f"credbot {version('credbot')}")
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Live contribution scoring (CredRank) for open communities."""


@app.command(epilog="Example: printf '!cred\\n!cred board\\n' | credbot demo")
def demo(
    seed: Annotated[int, typer.Option(help="Another seed, another story.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Score a made-up community, then answer what you type. No token, no network.

    Where standard input is no terminal, each of its lines is a command, and the demo ends
    with the last. A line that begins with a name ("@imke: !cred") is said by somebody else.
    """
    from bot.cli.demo import demo as work

    finish(lambda: work(seed=seed, as_json=as_json))


@app.command(epilog="Example: CRED_DISCORD_TOKEN_FILE=token.txt credbot run")
def run() -> None:
    """Run the bot with the settings of the environment and .env, until Ctrl-C."""
    from bot.cli.serve import run as work

    finish(work)


@app.command(epilog="Example: credbot check --json")
def check(as_json: AsJson = False) -> None:
    """Say whether settings, token, intents, permissions, files and disk are in order."""
    from bot.cli.check.check import check as work

    finish(lambda: work(as_json=as_json))


@app.command(epilog="Example: credbot backfill --json")
def backfill(as_json: AsJson = False) -> None:
    """Read the history that is missing, of every server and forum, and stop.

    `credbot run` does the same by itself. Interrupted, it goes on where it was.
    """
    from bot.cli.serve import backfill as work

    finish(lambda: work(as_json=as_json))


@importing.command(
    "discord-export", epilog="Example: credbot import discord-export exports/ general.json"
)
def discord_export(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, or folders that hold them.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Take in JSON files made by DiscordChatExporter. Message texts are not kept.

    Interrupted, it goes on where it was; a file imported before is passed over.
    """
    from bot.cli.import_discord_export import import_exports as work

    finish(lambda: work(paths, as_json=as_json))


@importing.command(
    "sourcecred", epilog="Example: credbot import sourcecred our-instance/ --dry-run"
)
def sourcecred(  # noqa: PLR0913, PLR0917 -- options
    folder: Annotated[
        Path, typer.Argument(help="Where its sourcecred.json is.", show_default=False)
    ],
    community: Annotated[
        str | None,
        typer.Option(
            help="The community it becomes: a file's name without .db. "
            "Without, that of its Discord server.",
        ),
    ] = None,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and compare all of it; keep nothing.")
    ] = False,
    sourcecred_boundaries: Annotated[
        bool,
        typer.Option(
            "--sourcecred-boundaries",
            help="Count an edge at a week's very start to the week before, as SourceCred does; "
            "the community goes on so.",
        ),
    ] = False,
    initiatives_by_hand: Annotated[
        bool,
        typer.Option(
            "--initiatives-by-hand",
            help="Enter initiatives as if by hand, so that work on them can go on; they are "
            "not drawn from the archive then.",
        ),
    ] = False,
    time_zone: Annotated[
        str,
        typer.Option(
            help="Of the machine that SourceCred ran on: for dates such as 2/1/2018, which it "
            "read so.",
        ),
    ] = "UTC",
) -> None:
    """Let a SourceCred instance move in: its settings, people and graphs.

    Puts its published cred beside ours, and says what was taken, what was left, and why.
    Done again, it adds what is new.
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
    community: Annotated[str, typer.Argument(help="Its file's name without .db.")],
    after: Annotated[int, typer.Option(min=0, help="Only events behind this position.")] = 0,
) -> None:
    """Print a community's events as JSON Lines, the oldest first."""
    from bot.cli.export import export as work

    finish(lambda: work(community, after=after))


@app.command(epilog="Example: credbot credrank graph.json.gz --json > scores.json")
def credrank(
    file: Annotated[
        Path, typer.Argument(help="A graph as JSON, plain or gzip; - is standard input.")
    ],
    as_json: AsJson = False,
    sourcecred_boundaries: Annotated[
        bool,
        typer.Option(
            "--sourcecred-boundaries",
            help="Count an edge at a week's very start to the week before, as SourceCred does.",
        ),
    ] = False,
    engine: Annotated[
        # The values of `cred.credrank.Engine`, which would take its time to import.
        Literal["folded", "plain"],
        typer.Option(
            help="How it is solved. Both give the same numbers; plain is slower, and obvious."
        ),
    ] = "folded",
) -> None:
    """Compute the cred of a graph file, without a database.

    Reads credref/credrank-1 and credref/pipeline-1: the whole file, or its "input" alone.
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
    # So that a value of -1 is told what it must be, not that it is no option.
    context_settings={"ignore_unknown_options": True},
)
def settings(
    community: Annotated[str, typer.Argument(help="Its file's name without .db.")],
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="get, reset: NAME ...; set: NAME VALUE ...", show_default=False),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why; kept with the change.")
    ] = "changed on the command line",
    as_json: AsJson = False,
) -> None:
    """Show or change what a community has decided: weights, channels, start of its history.

    Every change is a new version; none is ever lost.
    """
    from bot.cli.settings import settings as work

    finish(lambda: work(community, action, words or [], reason=reason, as_json=as_json))
