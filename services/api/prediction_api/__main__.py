"""Starts the API: run `python -m prediction_api [gunicorn options]` next to gunicorn.conf.py."""

import os
import sys

from prediction_api.settings import Settings, SettingsError


def main() -> None:
    """Run gunicorn in this process, or exit with a one-line error if a setting is invalid."""
    # Checked first because gunicorn reads WEB_CONCURRENCY too, and prints a traceback if it isn't a
    # number.
    try:
        Settings.read(os.environ)
    except SettingsError as error:
        sys.exit(f"the API cannot start: {error}")
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *sys.argv[1:]])


if __name__ == "__main__":
    main()
