"""Hooks of mkdocs: what the site has beyond ``docs/``.

Pages of the checkout outside ``docs/`` join the site, links between all of them are rewritten,
and the pages of commands and settings get what is made from the code. What links to a file that
is no page (code, a test) keeps its text and loses the link. A page that would load anything from
another host fails the build.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from handbook import reference  # noqa: E402  # mkdocs loads this file alone

if TYPE_CHECKING:
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

MORE = ("CONTRIBUTING.md", "CHANGELOG.md", "samples/README.md", "samples/render/README.md")
FOLDERS = ("benchmarks", "calibration")
"""Every page and picture below these joins too."""
MADE = {
    "commands.md": reference.commands,
    "settings.md": reference.settings,
    "scoring.md": reference.weights,
}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_OUTSIDE = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
    r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//"
    r"|@import|url\(\s*[\"']?(?:https?:)?//"
)


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages from outside ``docs/`` under their own paths."""
    found = [ROOT / name for name in MORE]
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".md", ".png", ".svg"}:
                found.append(path)
    for path in found:
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: Any, files: Files) -> str:
    """Adds what is made from the code, and lets links lead to pages of the site."""
    name = page.file.src_uri
    made = MADE.get(name)
    if made is not None:
        markdown += "\n" + made()
    here = posixpath.dirname(_in_checkout(name))
    return _LINK.sub(lambda link: _relinked(link, here, name, files), markdown)


def _in_checkout(name: str) -> str:
    """Where a page of the site stands in the checkout."""
    inside = name in MORE or name.split("/")[0] in FOLDERS
    return name if inside else f"docs/{name}"


def _relinked(link: re.Match[str], here: str, page: str, files: Files) -> str:
    mark, text, target = link.groups()
    if "://" in target or target.startswith(("#", "mailto:")):
        return link[0]
    path, _, anchor = target.partition("#")
    place = posixpath.normpath(posixpath.join(here, path))
    name = place.removeprefix("docs/") if place.startswith("docs/") else place
    if files.get_file_from_path(name) is None:
        if not (ROOT / place).exists():
            raise PluginError(f"{page}: there is no {place}")
        return text
    there = posixpath.relpath(name, posixpath.dirname(page) or ".")
    return f"{mark}[{text}]({there}{'#' + anchor if anchor else ''})"


def on_post_page(output: str, page: Page, config: Any) -> str:
    found = _OUTSIDE.search(output)
    if found is not None:
        raise PluginError(f"{page.file.src_uri} loads from another host: {found[0]!r}")
    return output
