"""What members chose stays text, by the rules of Markdown and those that Discourse adds."""

import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.chat.discourse.links import link_path, parse_address
from bot.chat.discourse.mentions import command_line
from bot.chat.discourse.render import CELLS, MAX_LENGTH, RenderContext, render
from bot.chat.discourse.safe_text import code, safe_code, safe_text
from bot.chat.text.invisible_characters import strip_controls
from bot.commands.kit.charts import WeekChart
from bot.commands.kit.reply import AsOf, Button, Fact, Link, Reply, Table
from cred.epochs import WEEK_MS
from tests.bot.commands.garden import FIRST_MS

HOME = "https://forum.example.org"
JOINER = "\u2060"
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

LOOKED_FOR = {
    "mention": r"@\w",
    "hashtag": r"#\w",
    "emoji": r":[\w+-]+:",
    "smiley": r"[:;=]-?[)(DPpOo/|*$'@]|(?<![\w.])[8B]-?\)|<3|[T^-]_+[T^-]",
    "address": r"://|//\w|\bmailto:\w|\bwww\.\w|\w\.[^\W\d_]{2,}",
}
"""What Discourse finds in text after escapes are taken; never in code."""

ATTACKS = [
    "@ada", "@here", "\\@ada", "@staff", "#general", "#tag::tag", ":smile:", ":+1:", ":)",
    ";-)", "8-)", "<3", "^_^", "http://evil.example", "HTTPS://x.y/z", "//localhost/a",
    "www.evil.example", "evil.com", "me@evil.com", "mailto:a@b.c", "<https://x.y>",
    "<a@b.cc>", "<img src=x onerror=y>", "<b>", "</div>", "<!-- x -->", "&lt;b&gt;",
    "&#64;ada", "![a](https://x.y/z.png)", "[a](https://x.y)", "[a][b]", "[a]: /x",
    '[quote="ada"]x[/quote]', "[b]x[/b]", "[img]https://x.y[/img]", "[url]x[/url]", "[poll]",
    "[date=2026-01-01]", "[spoiler]x[/spoiler]", "[details]", "[^1]", "^[x]", "**b**",
    "__u__", "_i_", "~~s~~", "`c`", "```js", "~~~", "# big", "## big", "> q", "- item",
    "+ item", "* item", "1. item", "2) item", "---", "===", "***", "|a|b|", "|-|-|", "$x$",
    "$$", "\\", "\\*", "    code", "\t", "\n", "\r\n", "\u2028", "\u202e", "\u200b", "\u2060",
    "\ud800", "\x1b[31m", "e\u0301" * 3, "💜", "日本語",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=5), max_size=8).map("".join)
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
CHOSEN = HOSTILE.map(
    lambda text: "".join(each for each in text if each not in LINE_ENDS)
).filter(lambda text: bool(safe_text(text).strip()))
"""What somebody may be called: on one line, and to be seen."""


def tokens(shown: str) -> Iterator[Token]:
    """Return all tokens of a post, inline ones included."""
    for token in MARKDOWN.parse(shown):
        yield token
        yield from token.children or ()


def structure(shown: str) -> list[str]:
    """Return a post's markup without its text."""
    return [token.type for token in tokens(shown) if token.type not in {"text", "text_special"}]


def texts(shown: str) -> list[str]:
    """Return the runs of text between markup, with escapes resolved."""
    pieces: list[str] = [""]
    for token in tokens(shown):
        if token.type in {"text", "text_special"}:
            pieces[-1] += token.content
        else:
            pieces.append("")
    return pieces


def violations(shown: str) -> list[str]:
    """Return what a post contains that only the bot may put there."""
    found = [
        name
        for name, pattern in LOOKED_FOR.items()
        if any(re.search(pattern, text, re.IGNORECASE) for text in texts(shown))
    ]
    types = {token.type for token in tokens(shown)}
    found += sorted(types & {"html_inline", "html_block", "image", "link_open", "s_open"})
    # BBCode and footnotes begin with a bracket that no backslash stands before.
    bare = re.sub(r"\\.|`[^`]*`", "", re.sub(r"```.*?```", "", shown, flags=re.DOTALL))
    found += ["bracket"] if "[" in bare else []
    # Isolates in pairs, the word joiner and the emoji joiner are ours; a line end is one.
    kept = f"{JOINER}\u200d\n"
    shown = re.sub("\u2068([^\u2068\u2069\n]*)\u2069", r"\1", shown)
    return found + [
        repr(character)
        for character in shown
        if unicodedata.category(character) in {"Cc", "Co", "Cs", "Cf"} and character not in kept
    ]


# Text ---------------------------------------------------------------------------------------


@given(HOSTILE)
def test_no_text_becomes_anything_but_itself(text: str) -> None:
    shown = safe_text(text)

    assert violations(shown) == []
    assert set(structure(shown)) <= {"paragraph_open", "inline", "paragraph_close"}


@given(HOSTILE)
def test_our_own_lines_stay_lines_and_stay_harmless(text: str) -> None:
    shown = safe_text(text, lines=True)

    assert violations(shown) == []
    assert set(structure(shown)) <= {
        "paragraph_open",
        "inline",
        "softbreak",
        "paragraph_close",
    }


@given(HOSTILE)
def test_what_is_seen_is_the_text_without_its_invisible_characters(text: str) -> None:
    seen = re.sub(f"[{JOINER}\u2068\u2069]", "", "".join(texts(safe_text(text))))

    assert seen == strip_controls(text).strip()


@given(HOSTILE)
def test_code_is_never_left(text: str) -> None:
    assert structure(code(text)) == [
        "paragraph_open",
        "inline",
        "code_inline",
        "paragraph_close",
    ]
    assert "`" not in safe_code(text)


def test_the_judge_catches_each_attack_that_is_one() -> None:
    missed = {
        attack
        for attack in ATTACKS
        if not violations(f"x {attack} x") and structure(attack) == structure("x")
    }

    assert missed == {
        # What looks like something to people only,
        *(
            "\\",
            "\\*",
            "\u2028",
            "\u2060",
            "e\u0301" * 3,
            "💜",
            "日本語",
            "===",
            "&lt;b&gt;",
        ),
        # and what other plugins or lines would have to be added to.
        *("|a|b|", "|-|-|", "$x$", "$$"),
    }


def test_signs_of_formulas_are_escaped_as_well() -> None:
    assert safe_text("$x$") == "\\$x\\$"


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "Ada: 1,234.5 cred (12.3 %), since 12 Nov – 3rd of 40"

    assert safe_text(text) == text


# Replies ------------------------------------------------------------------------------------


def reply(name: str) -> Reply:
    """Return a reply that shows a member's text in every place."""
    return Reply(
        title=name,
        text=f"{name} did it.\n{name}",
        facts=(Fact("Best", name), Fact(name, "1.5")),
        chart=WeekChart(
            f"Cred of {name}", (FIRST_MS, FIRST_MS + WEEK_MS), (1.0, 2.0), "cred", name
        ),
        tables=(
            Table(("#", "Name"), (("1", name), ("2", name)), right=frozenset({0}), title=name),
            Table(("Who", "What"), ((name, name),)),
            Table(
                ("From", "Cred"),
                (
                    (Link(name, "discourse", "t3", "post:12"), "1.5"),
                    (Link(name, "x", "", ""), "2"),
                ),
                right=frozenset({1}),
            ),
        ),
        after=f"{name}\nMore: {name}",
        as_of=AsOf(FIRST_MS, 12, 3),
        buttons=(
            Button(name[:20], f"cred show {name[:50]}"),
            Button("Again", "cred show <@5>"),
        ),
    )


def render_link(name: str, *, with_links: bool) -> str:
    return render(
        reply(name),
        RenderContext("credbot", HOME, lambda _account: name, with_links=with_links),
    )


@pytest.mark.parametrize("with_links", [False, True])
@given(name=CHOSEN)
def test_a_reply_holds_nothing_that_a_member_chose_but_text(
    name: str,
    with_links: bool,  # noqa: FBT001
) -> None:
    made = render_link(name, with_links=with_links)

    assert structure(made) == structure(render_link("x", with_links=with_links))
    ours = {f"[{safe_text(name)}]({HOME}/p/12)"} if with_links else set()
    for link in ours:
        made = made.replace(link, "")
    assert violations(made) == []


@given(name=CHOSEN)
def test_the_only_links_are_addresses_of_posts_and_only_in_private(name: str) -> None:
    def hrefs(made: str) -> list[object]:
        return [token.attrs["href"] for token in tokens(made) if token.type == "link_open"]

    assert hrefs(render_link(name, with_links=False)) == []
    assert hrefs(render_link(name, with_links=True)) == [f"{HOME}/p/12"]


def test_a_reply_of_any_length_fits_a_post() -> None:
    rows = tuple((f"{number}", "*" * 400, "1.5") for number in range(2_000))
    long = Reply(
        title="t" * 1_000,
        text="_" * 90_000,
        tables=(
            Table(("#", "Name", "Cred"), rows, right=frozenset({0, 2})),
            Table(("a",), rows),
        ),
    )

    made = render(long, RenderContext("credbot", HOME))

    assert len(made) < 32_000
    assert MAX_LENGTH < 32_000
    assert "more lines*" in made
    assert structure(made)[-1] == "paragraph_close"


def test_columns_line_up_in_a_code_block_no_wider_than_it_should_be() -> None:
    table = Table(("#", "Name"), (("1", "n" * 90), ("10", "Ada")), right=frozenset({0}))

    lines = render(
        Reply(title="Board", tables=(table,)), RenderContext("credbot", HOME)
    ).splitlines()

    block = lines[lines.index("```text") + 1 : lines.index("```")]
    assert [len(line) <= CELLS for line in block] == [True] * 3
    assert block[1].startswith(" 1  nnn")


# Lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("@credbot cred board", "cred board"),
        ("@credbot: help", "help"),
        ("@CREDBOT, !cred", "cred"),
        ("@\u2060credbot cred explain", "cred explain"),
        ("**@credbot** cred @some\\_body", "cred @some_body"),
        ("Thank you all.\n\n@credbot cred\n@credbot help", "cred"),
        ("I like @credbot a lot\n@credbot cred", "cred"),
        ("> said @credbot help\n\n@credbot cred", "cred"),
        ('[quote="ada"]\n[quote]\n@credbot help\n[/quote]\n[/quote]\n@credbot cred', "cred"),
        ("```\n@credbot help\n```\n@credbot cred", "cred"),
        ("~~~~\n~~~\n@credbot help\n~~~~\n@credbot cred", "cred"),
        ("@credbot", ""),
        ("what is @credbot?", ""),
        ("what can @credbot do", "do"),
    ],
)
def test_what_is_said_is_the_line_behind_the_name(raw: str, line: str) -> None:
    assert command_line("credbot", raw) == line


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "credbot cred",
        "@credbot2 cred",
        "@credbot-two cred",
        "@credbot.two cred",
        "me@credbot cred",
        "https://forum.example.org/@credbot cred",
        "see `@credbot cred`",
        "    @credbot cred",
        "\t@credbot cred",
        "[code]@credbot cred[/code]",
        "> @credbot cred",
    ],
)
def test_what_does_not_name_the_bot_says_nothing_to_it(raw: str) -> None:
    assert command_line("credbot", raw) is None


def test_alone_with_somebody_every_line_is_to_the_bot() -> None:
    assert (
        command_line("credbot", "> quoted\n\n!cred board\nmore", is_private=True)
        == "cred board"
    )
    assert command_line("credbot", "hello\n@credbot help", is_private=True) == "help"
    assert command_line("credbot", "> quoted", is_private=True) == ""


@given(HOSTILE)
def test_any_post_can_be_read(raw: str) -> None:
    for read in (_alone, _among_others):
        line = read(raw)
        assert line is None or "\n" not in line


def _alone(raw: str) -> str | None:
    return command_line("credbot", raw, is_private=True)


def _among_others(raw: str) -> str | None:
    return command_line("credbot", f"{raw} @credbot {raw}")


# Addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        (f"{HOME}/t/a-title/12", ("topic:12", None)),
        (f"{HOME}/t/12", ("topic:12", None)),
        (f"{HOME}/t/a-title/12/3", ("", (12, 3))),
        (f"<{HOME.upper()}/t/a-title/12/3?u=ada>", ("", (12, 3))),
        (f"{HOME}/p/77", ("post:77", None)),
        ("/p/77", ("post:77", None)),
        ("`/p/77`", ("post:77", None)),
        ("/privacy", None),
        (f"{HOME}.evil.example/p/77", None),
        ("https://other.example.org/p/77", None),
        (f"{HOME}/u/ada", None),
    ],
)
def test_addresses_of_this_forum_lead_to_its_posts(
    text: str, leads: tuple[str, tuple[int, int] | None] | None
) -> None:
    assert parse_address(text, HOME) == leads


@given(
    st.builds(Link, *[HOSTILE] * 4)
    | st.builds(Link, HOSTILE, st.just("discourse"), HOSTILE, HOSTILE)
)
def test_no_address_is_made_of_anything_but_numbers(link: Link) -> None:
    made = link_path(link)

    assert made is None or re.fullmatch(r"/[pt]/\d{1,15}", made)
