"""What counts as a link in a post's HTML: SourceCred's rules, and quotes."""

from collections import Counter
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.discourse.api.cooked import LONGEST, PostContent, parse_cooked
from bot.sources.discourse.api.errors import MalformedPayloadError

HOME = "https://forum.example.org"


def link(href: str, home: str = HOME) -> PostContent:
    return parse_cooked(f'<a href="{href}">x</a>', home)


@pytest.mark.parametrize(
    "href",
    [
        "/t/slug/12/3",
        "https://forum.example.org/t/slug/12/3",
        "HTTPS://Forum.Example.ORG/T/Slug/12/3",
        "/t/slug/12/3/",
        "/t/slug/12/3?u=ada",
        "/t/slug/12/3/?u=ada&amp;page=2",
        "/t/%D1%82%D0%B5%D0%BC%D0%B0/12/3",
        "/t/-/12/0003",
    ],
)
def test_a_post_is_linked_to(href: str) -> None:
    assert link(href) == PostContent(1, posts={(12, 3): 1})


@pytest.mark.parametrize(
    "href",
    ["/t/slug/12", "/t/slug/12/", "/t/slug/12?u=ada", "https://forum.example.org/t/s/12"],
)
def test_a_topic_is_linked_to(href: str) -> None:
    assert link(href) == PostContent(1, topics={12: 1})


@pytest.mark.parametrize("href", ["/u/Ada", "/u/ada/", "/u/ada?x=1", "/u/%61da"])
def test_a_user_is_linked_to_whatever_the_case(href: str) -> None:
    assert link(href) == PostContent(1, users={"ada": 1})


@pytest.mark.parametrize(
    "href",
    [
        "",
        "t/slug/12/3",
        "/t/12",
        "/t/slug/twelve",
        "/t/slug/12/3/4",
        "/t/slug/12/3#reply",
        "/t/slug/1234567890123456789",
        "/c/general/4",
        "/u/ada/activity",
        "//forum.example.org/t/slug/12/3",
        "https://elsewhere.example.org/t/slug/12/3",
        "https://forum.example.org.evil.example/t/slug/12/3",
        "http://forum.example.org/t/slug/12/3",
        "mailto:ada@forum.example.org",
        "javascript:/t/slug/12/3",
    ],
)
def test_nothing_else_is_a_link(href: str) -> None:
    assert link(href) == PostContent(1)


def test_a_forum_in_a_folder_has_it_in_its_links_or_not() -> None:
    home = "https://example.org/forum"

    for href in ("/forum/t/slug/12", "/t/slug/12", "https://example.org/forum/t/slug/12"):
        assert link(href, home).topics == {12: 1}
    assert link("https://example.org/t/slug/12", home) == PostContent(1)
    assert link("/forums/t/slug/12", home) == PostContent(1)


def test_only_links_count_not_text_that_looks_like_one_and_each_as_often_as_it_is_there() -> (
    None
):
    html = (
        "<p>https://forum.example.org/t/slug/1 &lt;a href=/t/slug/2&gt;"
        "<a name='/t/slug/3'>x</a><img src='/t/slug/4'><!-- <a href='/t/slug/5'></a> -->"
        "<a href=/t/slug/6>x</a> <A HREF='/t/slug/6'>x</A></p>"
    )

    assert parse_cooked(html, HOME).topics == {6: 2}


def test_quotes_name_the_post_they_are_of() -> None:
    quote = '<aside class="quote no-group" data-username="ada" data-post="3" data-topic="12">'
    html = f"{quote}<blockquote>So</blockquote></aside>{quote}</aside>"

    assert parse_cooked(html, HOME).quotes == {(12, 3): 2}
    for odd in (
        "data-post='x' data-topic='1'",
        "data-post='-3' data-topic='1'",
        "data-post='3'",
    ):
        assert parse_cooked(f"<aside class='quote' {odd}></aside>", HOME) == PostContent()
    assert parse_cooked("<aside data-post='3' data-topic='1'></aside>", HOME) == PostContent()


def test_length_is_what_a_reader_sees() -> None:
    assert parse_cooked("<p>It  is\n&amp; <b>was</b></p>\n", HOME).length == len("It is & was")
    assert parse_cooked("", HOME) == PostContent()


def test_what_is_too_long_for_a_post_is_refused_unread() -> None:
    with pytest.raises(MalformedPayloadError, match="2,000,001 characters"):
        parse_cooked("x" * (LONGEST + 1), HOME)


PIECES = st.sampled_from(
    [
        *"<>![\"'/=&#;-]? x1",
        "a",
        "href",
        "aside",
        "CDATA",
        "!--",
        "--",
        "script",
        "/t/s/1",
        "\0",
    ]
)


@pytest.mark.parametrize(
    "piece", ["<", "<a ", '<a href="', "<!--", "<!-- >", "</", "<?", "&#x"]
)
@pytest.mark.parametrize("end", ["", ">"])
def test_html_made_to_be_slow_is_read_at_once_too(piece: str, end: str) -> None:
    html = piece * (LONGEST // 4 // len(piece)) + end

    content = parse_cooked(html, HOME)  # began anew at each piece, this would take hours

    assert content.length <= len(html)
    assert not content.topics


def test_what_nothing_closes_hides_what_follows_and_a_sign_hides_nothing() -> None:
    link = "<a href='/t/slug/6'>x</a>"

    assert parse_cooked(f"1 < 2 &lt; 3{link}", HOME) == PostContent(
        len("1 < 2 < 3x"), topics={6: 1}
    )
    for opened in ("<!-- ", "<a href='/t/slug/5' title=\"", "<p class='"):
        assert parse_cooked(f"{link}y{opened}{link}", HOME) == PostContent(2, topics={6: 1})
    assert parse_cooked(f"{link}</p", HOME) == parse_cooked(link, HOME)


TEXTS = st.text(st.sampled_from("ab <>&'\"=/;-é\n"), max_size=12)
LINKS = st.sampled_from(["/t/s/1", "/t/s/1/2?u=a&b=c", "/u/Ada", "https://x.example/t/s/1"])


@st.composite
def htmls(draw: st.DrawFn) -> str:
    """Return HTML as Discourse sends it: in attributes, only & and quotes are escaped."""
    parts = []
    for _ in range(draw(st.integers(0, 6))):
        quote = draw(st.sampled_from("\"'"))
        title = draw(TEXTS).replace("&", "&amp;").replace(quote, f"&#{ord(quote)};")
        href = draw(LINKS).replace("&", "&amp;")
        parts += [
            escape(draw(TEXTS)),
            f"<a title={quote}{title}{quote} href={quote}{href}{quote}>",
            escape(draw(TEXTS)),
            draw(st.sampled_from(["</a>", "</A >", "<br/>", "<!-- <a href='/u/x'> -->"])),
        ]
    return "".join(parts)


class Oracle(HTMLParser):
    """Python's own parser, which may be slow."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.links = "", Counter[str]()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links[dict(attrs)["href"] or ""] += 1


@given(htmls())
def test_agrees_with_python_s_own_parser(html: str) -> None:
    oracle = Oracle()
    oracle.feed(html)
    oracle.close()

    content = parse_cooked(html, HOME)

    links = oracle.links
    assert content.length == len(" ".join(oracle.text.split()))
    assert sum(content.topics.values()) == links["/t/s/1"]
    assert sum(content.posts.values()) == links["/t/s/1/2?u=a&b=c"]
    assert sum(content.users.values()) == links["/u/Ada"]


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_html_whatever_does_more_than_be_refused(html: str) -> None:
    try:
        content = parse_cooked(html, HOME)
    except MalformedPayloadError:
        return
    assert 0 <= content.length <= 4 * len(html)


@given(st.text(max_size=60))
def test_no_address_whatever_does_more_than_not_count(href: str) -> None:
    content = parse_cooked(f"<a href='{href}'>", HOME)

    assert all(len(name) >= 1 for name in content.users)
