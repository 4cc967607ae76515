"""The documents say what is there: settings, verbs, and the tree."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PORTUGUESE = (ROOT / "README.pt-BR.md").read_text(encoding="utf-8")


def top_level_names() -> list[str]:
    """What git tracks; in an unpacked archive, what is there."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = (
        listed.stdout.splitlines()
        if listed.returncode == 0
        else [path.name for path in ROOT.iterdir()]
    )
    return sorted({path.split("/")[0] for path in paths if not path.startswith(".")})


def test_every_variable_of_the_compose_file_is_explained_with_its_default():
    read = dict(
        re.findall(
            r"\$\{([A-Z_]+):-([^}]*)\}", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
        )
    )
    explained = dict(
        re.findall(
            r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert explained == read


def test_every_verb_of_the_makefile_stands_in_the_readme():
    verbs = re.findall(
        r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(verbs) > 10
    assert [
        verb
        for verb in verbs
        if verb not in ("help", "lock") and not re.search(rf"\b{verb}\b", README)
    ] == []


def test_make_without_arguments_lists_the_verbs():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "make train" in listed
    assert "make test-e2e" in listed


@pytest.mark.parametrize("name", top_level_names())
def test_everything_at_the_top_level_stands_in_the_readme(name):
    assert name.startswith("README.") or f"`{name}" in README


def test_every_name_that_the_readme_s_table_gives_is_there():
    table = README[README.index("## Where things are") :]
    names = re.findall(r"`([^`]+)`", table)
    assert len(names) > 15
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "part",
    [r"^#+ ", r"^\|", r"`[^`]+`", r"\]\((?!README)([^)]+)\)", r"\d+(?:\.\d+)*"],
    ids=["headings", "rows", "code", "links", "figures"],
)
def test_the_readme_says_the_same_in_portuguese(part):
    found = re.findall(part, README, re.MULTILINE)
    assert len(found) > 5
    assert sorted(re.findall(part, PORTUGUESE, re.MULTILINE)) == sorted(found)
