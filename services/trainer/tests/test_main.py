import os
import subprocess
import sys

import pytest

from training.__main__ import COMMANDS, STAGES, make_parser

HEAVY = ("tensorflow", "keras", "onnxruntime", "exchange_calendars", "dvc")


def test_the_help_has_a_line_for_each_stage_and_command():
    text = make_parser().format_help()
    assert all(f"  {name} " in text or f"  {name}\n" in text for name in (*STAGES, *COMMANDS))


@pytest.mark.parametrize("command", ["--help", "show-metrics"])
def test_a_light_command_imports_nothing_heavy(command, in_finished):
    code = f"""
import sys
from training.__main__ import main
try:
    main([{command!r}])
finally:
    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr.strip() == "[]"
