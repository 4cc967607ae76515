"""Settings come from the environment and are checked once."""

import pytest

from prediction_api import create_app
from prediction_api.settings import LOOPBACK, Settings, SettingsError


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.read({})
    assert (str(settings.model_store), settings.poll_seconds, settings.max_upload_mb, settings.log_format) == ("models", 2.0, 10, "text")
    assert settings.allowed_hosts == LOOPBACK | {"api"}


def test_an_empty_variable_counts_as_unset():
    names = ("MODEL_STORE", "MODEL_POLL_SECONDS", "MAX_UPLOAD_MB", "ALLOWED_HOSTS", "LOG_FORMAT")
    assert Settings.read(dict.fromkeys(names, "")) == Settings.read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_POLL_SECONDS", "soon"),
        ("MODEL_POLL_SECONDS", "-1"),
        ("MODEL_POLL_SECONDS", "nan"),
        ("MAX_UPLOAD_MB", "0"),
        ("MAX_UPLOAD_MB", "10m"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_an_error_that_names_the_variable_and_the_value(name, value):
    with pytest.raises(SettingsError, match=f"{name} must be .*'{value}'"):
        create_app({name: value})


def test_the_environment_is_read_when_the_application_is_made(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_MB", "3")
    assert create_app({"MODEL_POLL_SECONDS": 0}).config["MAX_UPLOAD_MB"] == 3
