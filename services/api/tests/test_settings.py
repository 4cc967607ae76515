"""Settings come from the environment and are checked once."""

import pytest

from prediction_api import create_app
from prediction_api.settings import LOOPBACK, Settings, SettingsError


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.read({})
    assert (str(settings.model_store), settings.poll_seconds, settings.max_upload_mb, settings.log_format) == ("models", 2.0, 10, "text")
    assert settings.allowed_hosts == LOOPBACK | {"api"}
    assert settings.signing_key is None


def test_an_empty_variable_counts_as_unset():
    names = ("MODEL_STORE", "MODEL_POLL_SECONDS", "MAX_UPLOAD_MB", "ALLOWED_HOSTS", "LOG_FORMAT", "MODEL_SIGNING_KEY_FILE")
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


def test_the_signing_key_is_read_from_its_file_and_shown_to_nobody(tmp_path):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    settings = Settings.read({"MODEL_SIGNING_KEY_FILE": tmp_path / "key"})
    assert settings.signing_key == b"0123456789abcdef"
    assert "0123456789abcdef" not in repr(settings)


@pytest.mark.parametrize("content", [None, b"", b"too short"], ids=["missing", "empty", "short"])
def test_a_key_that_cannot_be_used_is_an_error_and_never_the_end_of_the_check(tmp_path, content):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"signing key .*(cannot be read|needs 16)"):
        create_app({"MODEL_SIGNING_KEY_FILE": file})


def test_the_environment_is_read_when_the_application_is_made(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_MB", "3")
    assert create_app({"MODEL_POLL_SECONDS": 0}).config["MAX_UPLOAD_MB"] == 3
