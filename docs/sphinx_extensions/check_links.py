"""Every link inside a built site leads to a file that is there, and its anchor to an element that is there.

python docs/sphinx_extensions/check_links.py build/site
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Addresses and anchors of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.addresses.add(value)
            if (value and name == "id") or (value and tag == "a" and name == "name"):
                self.anchors.add(value)


def broken_links(site: Path) -> list[str]:
    """`page: address` of each link of the site to a file or anchor that is not there.

    Args:
        site: folder of the built pages.
    """
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    broken = []
    for path, page in sorted(pages.items()):
        for address in sorted(page.addresses):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            anchor = unquote(parts.fragment)
            missing = not target.is_file()
            missing = missing or bool(anchor and target in pages and anchor not in pages[target].anchors)
            if missing:
                broken.append(f"{path.relative_to(site.resolve())}: {address}")
    return broken


def main() -> int:
    """Print what is broken; returns 1 if anything is."""
    site = Path(sys.argv[1])
    broken = broken_links(site)
    for line in broken:
        print(line, file=sys.stderr)
    pages = len(list(site.rglob("*.html")))
    print(f"{pages} pages, {len(broken)} broken links inside")
    return int(bool(broken) or not pages)


if __name__ == "__main__":
    sys.exit(main())
