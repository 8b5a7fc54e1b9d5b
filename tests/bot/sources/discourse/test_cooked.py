"""What counts as a link in a post's HTML: SourceCred's rules, and quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.discourse.cooked import LONGEST, Cooked, read
from bot.sources.discourse.errors import OddPayloadError

HOME = "https://forum.example.org"


def link(href: str, home: str = HOME) -> Cooked:
    return read(f'<a href="{href}">x</a>', home)


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
    assert link(href) == Cooked(1, posts={(12, 3): 1})


@pytest.mark.parametrize(
    "href",
    ["/t/slug/12", "/t/slug/12/", "/t/slug/12?u=ada", "https://forum.example.org/t/s/12"],
)
def test_a_topic_is_linked_to(href: str) -> None:
    assert link(href) == Cooked(1, topics={12: 1})


@pytest.mark.parametrize("href", ["/u/Ada", "/u/ada/", "/u/ada?x=1", "/u/%61da"])
def test_a_user_is_linked_to_whatever_the_case(href: str) -> None:
    assert link(href) == Cooked(1, users={"ada": 1})


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
    assert link(href) == Cooked(1)


def test_a_forum_in_a_folder_has_it_in_its_links_or_not() -> None:
    home = "https://example.org/forum"

    for href in ("/forum/t/slug/12", "/t/slug/12", "https://example.org/forum/t/slug/12"):
        assert link(href, home).topics == {12: 1}
    assert link("https://example.org/t/slug/12", home) == Cooked(1)
    assert link("/forums/t/slug/12", home) == Cooked(1)


def test_only_links_count_not_text_that_looks_like_one_and_each_as_often_as_it_is_there() -> (
    None
):
    html = (
        "<p>https://forum.example.org/t/slug/1 &lt;a href=/t/slug/2&gt;"
        "<a name='/t/slug/3'>x</a><img src='/t/slug/4'><!-- <a href='/t/slug/5'></a> -->"
        "<a href=/t/slug/6>x</a> <A HREF='/t/slug/6'>x</A></p>"
    )

    assert read(html, HOME).topics == {6: 2}


def test_quotes_name_the_post_they_are_of() -> None:
    quote = '<aside class="quote no-group" data-username="ada" data-post="3" data-topic="12">'
    html = f"{quote}<blockquote>So</blockquote></aside>{quote}</aside>"

    assert read(html, HOME).quotes == {(12, 3): 2}
    for odd in (
        "data-post='x' data-topic='1'",
        "data-post='-3' data-topic='1'",
        "data-post='3'",
    ):
        assert read(f"<aside class='quote' {odd}></aside>", HOME) == Cooked()
    assert read("<aside data-post='3' data-topic='1'></aside>", HOME) == Cooked()


def test_length_is_what_a_reader_sees() -> None:
    assert read("<p>It  is\n&amp; <b>was</b></p>\n", HOME).length == len("It is & was")
    assert read("", HOME) == Cooked()


def test_what_is_too_long_for_a_post_is_refused_unread() -> None:
    with pytest.raises(OddPayloadError, match="2,000,001 characters"):
        read("x" * (LONGEST + 1), HOME)


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


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_html_whatever_does_more_than_be_refused(html: str) -> None:
    try:
        told = read(html, HOME)
    except OddPayloadError:
        return
    assert 0 <= told.length <= 4 * len(html)


@given(st.text(max_size=60))
def test_no_address_whatever_does_more_than_not_count(href: str) -> None:
    told = read(f"<a href='{href}'>", HOME)

    assert all(len(name) >= 1 for name in told.users)
