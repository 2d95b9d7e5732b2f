"""What the site has beside `docs/`: pages found by pattern, pages from `examples/`, links into the repository."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RECIPES = ROOT / "examples" / "cookbook"
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})([\w.+-]+)[ \t]+(.*)$")
OPTION = re.compile(r"\b(?:title|hl_lines|linenums)=(?:\"[^\"]*\"|'[^']*')")
LINK = re.compile(r"(\]\(|href=\"|src=\")(?![a-z][a-z0-9+.-]*:|#|/)([^)\s\"#]+)(#[^)\s\"]*)?")

# A section of the navigation, and the pages that it takes up as they come.
PATTERNS = {
    "How-to": [("Guides", "guides/**/*.md"), ("Cookbook", "cookbook/*.md")],
    "Reference": [(None, "reference/*.md"), ("Error codes", "reference/errors/*.md")],
    "Explanation": [("Measurements", "reports/*.md")],
}


def cookbook() -> dict[str, Path]:
    """The pages of the cookbook, which live beside their policies."""
    recipes = sorted(RECIPES.glob("*/README.md"))
    index = {"cookbook/index.md": RECIPES / "README.md"} if (RECIPES / "README.md").exists() else {}
    return index | {f"cookbook/{page.parent.name}.md": page for page in recipes}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Takes up what a pattern finds and no section names."""
    named = set(pages(config.nav))
    for entry in config.nav or []:
        for section, contents in entry.items():
            for title, pattern in PATTERNS.get(section, []):
                found = [path for path in matching(pattern) if path not in named]
                if found:
                    named.update(found)
                    contents.extend([{title: found}] if title else found)
    return config


def matching(pattern: str) -> list[str]:
    """Sources of pages, an index first."""
    if pattern.startswith("cookbook/"):
        found = list(cookbook())
    else:
        found = [path.relative_to(DOCS).as_posix() for path in DOCS.glob(pattern)]
    return sorted(found, key=lambda path: (Path(path).stem not in ("README", "index"), path))


def pages(nav: Any) -> list[str]:
    """Every page that a navigation names."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav or []
    return [page for part in parts for page in pages(part)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of the cookbook."""
    for source, page in cookbook().items():
        files.append(File.generated(config, source, abs_src_path=str(page)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leaves to a fence what a renderer knows, and sends a link out of the site to the repository."""
    source = page.file.src_uri
    recipe = cookbook().get(source)
    at = recipe.parent.relative_to(ROOT).as_posix() if recipe else f"docs/{posixpath.dirname(source)}"
    lines, fenced = [], ""
    for line in markdown.split("\n"):
        fence = re.match(r"^\s*(`{3,}|~{3,})", line)
        if fence and not fenced:
            fenced, line = fence[1], plain_fence(line)
        elif fence and line.strip() == fenced:
            fenced = ""
        elif not fenced:
            line = LINK.sub(lambda link: link[1] + target(link[2], at, config, files) + (link[3] or ""), line)
        lines.append(line)
    return "\n".join(lines)


def plain_fence(line: str) -> str:
    """The opening of a fence without the words that only tests/docs/snippets.py reads."""
    fence = FENCE.match(line)
    return f"{fence[1]}{fence[2]}{fence[3]} {' '.join(OPTION.findall(fence[4]))}".rstrip() if fence else line


def target(link: str, at: str, config: MkDocsConfig, files: Files) -> str:
    """A link as it is, unless it leads out of the site."""
    place = posixpath.normpath(posixpath.join(at, link))
    recipes = {page: source for source, page in cookbook().items()}
    recipe = recipes.get(ROOT / place) or recipes.get(ROOT / place / "README.md")
    if recipe:
        within = recipe
    elif place.startswith("docs/"):
        within = place.removeprefix("docs/")
    else:
        within = ""
    if within and (files.get_file_from_path(within) or not (ROOT / place).exists()):
        base = "cookbook" if at.startswith("examples/") else posixpath.relpath(at, "docs")
        return posixpath.relpath(within, base)
    if not (ROOT / place).exists():
        return link
    kind = "tree" if (ROOT / place).is_dir() else "blob"
    return f"{config.repo_url.rstrip('/')}/{kind}/main/{place}"


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Names the search for those who hear it."""
    return output.replace(
        'data-md-component="search" role="dialog"', 'data-md-component="search" role="dialog" aria-label="Search"'
    )
