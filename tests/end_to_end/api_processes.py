"""The API's processes, as seen from inside the container."""

import json

from running_stack import Stack

# Prints the peak memory (MB) and CPU time (seconds) of gunicorn and its workers, by process id.
PROCESSES = """
import json, os, pathlib

def usage(folder):
    lines = (folder / "status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    used = (folder / "stat").read_text().rpartition(")")[2].split()
    seconds = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    return int(status["VmHWM"].split()[0]) / 1024, seconds

commands = pathlib.Path("/proc").glob("[0-9]*/cmdline")
folders = [command.parent for command in commands if b"gunicorn" in command.read_bytes()]
others = [folder for folder in folders if folder.name != str(os.getpid())]
print(json.dumps({folder.name: usage(folder) for folder in others}))
"""


def processes(stack: Stack) -> dict[str, tuple[float, float]]:
    """Return the peak memory (MB) and CPU time (seconds) of each process."""
    usage: dict[str, tuple[float, float]] = json.loads(stack.python_in_api(PROCESSES))
    return usage
