"""Holds the built site to its links: `links.py SITE URL`.

Every link within the site has its page and its anchor, to every page leads a link, and nothing that a browser fetches
by itself lies elsewhere. Other sites are not asked: a test that needs them fails on their bad days.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
    ("object", "data"),
}
NOT_FETCHED = {"canonical", "alternate", "prev", "next", "edit"}


@dataclass
class Page(HTMLParser):
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    description: str = ""
    titles: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given and tag != "meta")
        self.titles += tag == "h1"
        if tag == "meta" and given.get("name") == "description":
            self.description = given.get("content", "")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        for element, attribute in FETCHED:
            if tag == element and attribute in given and given.get("rel") not in NOT_FETCHED:
                self.fetched.append(given[attribute])


def read(site: Path) -> dict[str, Page]:
    pages = {}
    for path in sorted(site.rglob("*.html")):
        page = Page()
        page.feed(path.read_text())
        pages[path.relative_to(site).as_posix()] = page
    return pages


def source(path: str) -> str:
    return f"{path}index.html" if path.endswith("/") or not path else path


def findings(site: Path, base: str, pages: dict[str, Page]) -> list[str]:
    found, reached, root = [], {"index.html", "404.html"}, urlsplit(base).path
    for name, page in pages.items():
        here = urljoin(base, name.removesuffix("index.html"))
        for link in page.links + page.fetched:
            parts = urlsplit(urljoin(here, link))
            inside = f"{parts.scheme}://{parts.netloc}" == "{0.scheme}://{0.netloc}".format(urlsplit(base))
            if not inside and link in page.fetched and parts.scheme != "data":
                found.append(f"{name}: a browser would fetch {link}")
            if not inside and parts.scheme not in ("https", "data", "mailto"):
                found.append(f"{name}: {link} is neither here nor https")
            if not inside:
                continue
            target = source(unquote(parts.path).removeprefix(root))
            reached.add(target)
            if not (site / target).is_file():
                found.append(f"{name}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{name}: {link} has no such anchor")
        if name != "404.html" and not page.description:
            found.append(f"{name}: no description")
        if name != "404.html" and page.titles != 1:
            found.append(f"{name}: {page.titles} first headings")
    return found + [f"{name}: no page leads here" for name in sorted(pages.keys() - reached)]


def main() -> int:
    site, base = Path(sys.argv[1]), sys.argv[2]
    pages = read(site)
    wrong = findings(site, base, pages)
    print("\n".join(sorted(set(wrong))), file=sys.stderr, end="\n" if wrong else "")
    print(f"{sum(len(page.links) for page in pages.values())} links of {len(pages)} pages, {len(set(wrong))} findings")
    return 1 if wrong or len(pages) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
