"""The words of an HTML page without its looks, for showing them within another page."""

from html import escape
from html.parser import HTMLParser

KEPT = frozenset(
    {
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "dl", "dt", "dd", "strong"),
        *(
            "em",
            "code",
            "pre",
            "blockquote",
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ),
        *("sub", "sup", "br", "hr"),
    }
)
"""Elements that stay, without their attributes; of others only the content does."""

DROPPED = frozenset(
    {
        *("head", "style", "script", "template", "svg", "nav", "button", "select", "form", "label"),
        *("dialog", "noscript", "figure"),
    }
)
"""Elements that go with all that is in them."""

ALONE = frozenset({"br", "hr", "img", "input", "meta", "link", "source", "wbr", "col"})
"""Elements that have no end tag."""


def excerpt(page: str, *, most: int = 60_000) -> str:
    """Keep headings, texts and tables of a page, up to about ``most`` characters.

    >>> excerpt('<body><style>p {}</style><p class="a">one <b>&amp;</b> two</p></body>')
    '<p>one &amp; two</p>'
    """
    reader = _Excerpt(most)
    reader.feed(page)
    reader.close()
    return "".join([*reader.parts, *(f"</{tag}>" for tag in reversed(reader.open))])


class _Excerpt(HTMLParser):
    """Collects what is kept; ``open`` are the elements that have not ended."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[str] = []
        self._left = most
        self._dropped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped or tag in DROPPED:
            if tag not in ALONE:
                self._dropped.append(tag)
        elif tag in KEPT and self._left > 0:
            self.parts.append(f"<{tag}>")
            if tag not in ALONE:
                self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropped:
            while self._dropped.pop() != tag:
                pass
        elif not self._dropped and tag in self.open:
            while (ended := self.open.pop()) != tag:
                self.parts.append(f"</{ended}>")
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropped and self._left > 0:
            self.parts.append(escape(data, quote=False))
            self._left -= len(data)
