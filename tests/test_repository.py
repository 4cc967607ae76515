"""Checks the repository against its documentation and its rules."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README, PORTUGUESE = "README.md", "README.pt-BR.md"
CODE = (".py", ".js", ".css", ".sh", ".lua", ".conf")
MOST_LINES, MOST_NAME_CHARACTERS = 350, 70
# Message tables with one entry per message.
TEXTS = ("services/frontend/public/scripts/texts/", "model_contract/src/model_contract/messages/")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def files() -> list[str]:
    """List the files that git tracks or, in an unpacked archive, all files."""
    git = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if git.returncode == 0:
        return [name for name in git.stdout.splitlines() if (ROOT / name).exists()]
    return [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]


FILES = files()
TOP_LEVEL = sorted({name.split("/")[0] for name in FILES if not name.startswith(".")})
DOCUMENTS = [name for name in FILES if name.endswith(".md")]


def is_test(name: str) -> bool:
    return "/tests/" in f"/{name}"


def anchors(document: str) -> set[str]:
    """List the fragments that link to a document's headings."""
    headings = re.findall(r"^#+ (.*)$", read(document), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


def test_env_example_has_every_variable_of_the_compose_file_with_its_default():
    used = re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", read("docker-compose.yml"))
    explained = re.findall(r"^([A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE)
    assert dict(explained) == dict(used)


def test_the_readme_names_every_target_of_the_makefile():
    targets = re.findall(r"^([a-z0-9-]+):.*## ", read("Makefile"), re.MULTILINE)
    assert len(targets) > 10
    named = [target for target in targets if re.search(rf"\b{target}\b", read(README))]
    assert sorted({*targets} - {*named} - {"help", "lock"}) == []


def test_make_without_arguments_lists_the_targets():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "make train" in listed
    assert "make test-e2e" in listed


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_the_readme_names_everything_at_the_top_level(name):
    assert name.startswith("README.") or f"`{name}" in read(README)


def test_everything_that_the_readme_s_table_names_exists():
    table = read(README)[read(README).index("## Where things are") :]
    names = re.findall(r"`([^`]+)`", table)
    assert len(names) > 15
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_has_a_target(document):
    links = re.findall(r"\]\(([^)\s]+)\)", read(document))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        assert target.exists(), link
        if fragment and target.suffix == ".md":
            assert fragment in anchors(str(target.resolve().relative_to(ROOT))), link


@pytest.mark.parametrize(
    "part",
    [r"^#+ ", r"^\|", r"`[^`]+`", r"\]\((?!README)([^)]+)\)", r"\d+(?:\.\d+)*"],
    ids=["headings", "rows", "code", "links", "numbers"],
)
def test_the_portuguese_readme_has_the_same_parts(part):
    found = re.findall(part, read(README), re.MULTILINE)
    assert len(found) > 5
    assert sorted(re.findall(part, read(PORTUGUESE), re.MULTILINE)) == sorted(found)


def test_no_code_file_is_too_long():
    code = [name for name in FILES if name.endswith(CODE) and not name.startswith(TEXTS)]
    assert [name for name in code if read(name).count("\n") > MOST_LINES] == []


def test_test_names_are_short():
    tests = [name for name in FILES if is_test(name) and name.endswith(".py")]
    names = [found for name in tests for found in re.findall(r"def test_(\w+)\(", read(name))]
    assert len(names) > 100
    assert [name for name in names if len(name) > MOST_NAME_CHARACTERS] == []
