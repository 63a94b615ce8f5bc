"""Links lead somewhere, and no file names what does not belong into it."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.docs.pages import PAGES, ROOT, text

# Put together here, so that this file does not name them either.
HOSTS = ("py" + r"pi\.", "python" + "hosted", "npm" + r"js\.", r"//[^/\s]*(registry|mirror|artifact|nexus)[^/\s]*\.")
REGISTRIES = re.compile("|".join(HOSTS), re.IGNORECASE)
OTHER_FOLDERS = re.compile(r"(?<![\w./*-])/" + r"work(?![\w*-])|\.\./" + "shared")
INDEX = "docs/README.md"


def links() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
            if "://" not in target:
                yield page, target


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize(("page", "target"), list(links()), ids=lambda word: word)
def test_a_link_leads_to_a_file_and_a_heading(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    found = ROOT / page if not path else (ROOT / page).parent / path
    assert found.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)", found.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in map(slug, headings)


@pytest.mark.parametrize("page", [page for page in PAGES if page.count("/") <= 1 and page not in (INDEX, "README.md")])
def test_the_index_leads_to_every_page(page: str) -> None:
    assert f"]({page.removeprefix('docs/') if page.startswith('docs/') else '../' + page})" in text(INDEX)


@pytest.mark.parametrize("page", [INDEX, "docs/glossary.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_the_readme_leads_to(page: str) -> None:
    assert f"]({page})" in text("README.md")


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_is_named_exists(page: str) -> None:
    named = re.findall(r"`((?:[\w-]+/)+\w+\.(?:py|toml|env|sh))\b[^`]*`", text(page))
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("pattern", [REGISTRIES, OTHER_FOLDERS], ids=["a package registry", "a folder outside"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    naming = {
        str(file.relative_to(ROOT)): found[0]
        for file in files
        if file.is_file() and (found := pattern.search(file.read_bytes().decode("utf-8", "replace")))
    }
    assert naming == {}
