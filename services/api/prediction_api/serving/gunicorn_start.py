"""Starts gunicorn, in the folder of its configuration: `python -m prediction_api.gunicorn_start [gunicorn's options]`."""

import os
import sys

from prediction_api.settings import Settings, SettingsError

APPLICATION = "prediction_api:create_app()"


def main() -> None:
    """Become gunicorn's master, or tell in one line which setting cannot be used."""
    try:
        Settings.read(os.environ)
    except SettingsError as error:
        sys.exit(f"the API cannot start: {error}")
    # Not above: it reads WEB_CONCURRENCY for itself when it is imported, and fails with a traceback where that is no number.
    from gunicorn.app.wsgiapp import run  # type: ignore[import-untyped]

    sys.argv.append(APPLICATION)
    run()


if __name__ == "__main__":
    main()
