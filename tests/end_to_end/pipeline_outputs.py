"""Reads the pipeline's output and files, and sets parameters for quick training."""

from pathlib import Path

from running_stack import Stack, commit_all

STAGES = ("load_data", "preprocess", "engineer_features", "train", "evaluate")
OUTPUT_FOLDERS = ("data/interim", "data/processed", "artifacts", "metrics")
# Two epochs, few bootstrap samples, and a gate that every model passes.
QUICK_TRAINING = (
    ("epochs: 5", "epochs: 2"),
    ("refit: true", "refit: false"),
    ("bootstrap_samples: 2000", "bootstrap_samples: 200"),
    ("minimum_skill_vs_naive: 0.0", "minimum_skill_vs_naive: -1.0"),
    ("maximum_mae_vs_har_calendar: 1.02", "maximum_mae_vs_har_calendar: 100"),
    ("maximum_coverage_error: 0.07", "maximum_coverage_error: 1"),
    ("maximum_mae_vs_served: 1.01", "maximum_mae_vs_served: 100"),
    ("maximum_mae_vs_anchor: 1.02", "maximum_mae_vs_anchor: 100"),
)


def train_quickly(stack: Stack) -> None:
    """Set the parameters for quick training."""
    for change in QUICK_TRAINING:
        stack.set_param(*change)


def keep_results_in_git(tree: Path) -> None:
    """Delete the lines from .gitignore that docs/operations.md names, and commit."""
    file = tree / ".gitignore"
    before, lines = file.read_text().split("# Results of training", 1)
    file.write_text(before + lines.split("!/metrics/reference/\n", 1)[1])
    commit_all(tree, "Keep results in git")


def stages_run(output: str) -> list[str]:
    """Return the stages that DVC ran, in order."""
    lines = output.splitlines()
    return [line.split("'")[1] for line in lines if line.startswith("Running stage '")]


def outputs(tree: Path) -> dict[str, bytes]:
    """Read all files that the stages write, except the gate's last verdict."""
    files = [path for folder in OUTPUT_FOLDERS for path in (tree / folder).rglob("*")]
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for path in files
        if path.is_file() and path.name != "gate.json"
    }
