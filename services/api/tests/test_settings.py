"""Settings are read from the environment and checked once."""

import pytest

from prediction_api import create_app
from prediction_api import settings as settings_module
from prediction_api.settings import LOOPBACK, Settings, SettingsError


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.read({})
    assert (str(settings.model_store), settings.log_format) == ("models", "text")
    assert settings.poll_seconds == 2.0
    assert (settings.max_upload_mb, settings.max_rows, settings.max_tickers) == (64, 700_000, 2000)
    assert (settings.request_seconds, settings.queue_length) == (20.0, 8)
    assert settings.allowed_hosts == LOOPBACK | {"api"}
    assert settings.signing_key is None


def test_an_empty_variable_counts_as_unset():
    numbers = ("MODEL_POLL_SECONDS", "MAX_UPLOAD_MB", "REQUEST_SECONDS", "WEB_CONCURRENCY")
    texts = ("MODEL_STORE", "ALLOWED_HOSTS", "LOG_FORMAT")
    assert Settings.read(dict.fromkeys(numbers + texts, "")) == Settings.read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_POLL_SECONDS", "soon"),
        ("MODEL_POLL_SECONDS", "-1"),
        ("MODEL_POLL_SECONDS", "nan"),
        ("MAX_UPLOAD_MB", "0"),
        ("MAX_UPLOAD_MB", "10m"),
        ("MAX_ROWS", "-1"),
        ("MAX_TICKERS", "1e3"),
        ("REQUEST_SECONDS", "0"),
        ("REQUEST_SECONDS", "inf"),
        ("WEB_CONCURRENCY", "x"),
        ("COMPUTE_SLOTS", "0"),
        ("QUEUE_LENGTH", "9999999999"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_an_invalid_value_is_an_error_that_names_the_variable(name, value):
    with pytest.raises(SettingsError, match=f"{name} must be .*'{value}'"):
        create_app({name: value})


@pytest.mark.parametrize(
    ("cpus", "chosen", "workers", "slots"),
    [(1, "", 2, 1), (4, "", 4, 1), (8, "1", 1, 8), (8, "2", 2, 4), (3, "2", 2, 2)],
)
def test_workers_slots_and_threads_follow_from_the_cpus(monkeypatch, cpus, chosen, workers, slots):
    monkeypatch.setattr(settings_module, "available_cpus", lambda: cpus)
    settings = Settings.read({"WEB_CONCURRENCY": chosen, "QUEUE_LENGTH": "3"})
    assert (settings.workers, settings.compute_slots) == (workers, slots)
    assert settings.threads == slots + 3 + 1 + 3 + 4


def test_the_signing_key_is_read_from_its_file_and_never_shown(tmp_path):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    settings = Settings.read({"MODEL_SIGNING_KEY_FILE": tmp_path / "key"})
    assert settings.signing_key == b"0123456789abcdef"
    assert "0123456789abcdef" not in repr(settings)


@pytest.mark.parametrize("content", [None, b"", b"too short"], ids=["missing", "empty", "short"])
def test_an_unusable_signing_key_is_an_error(tmp_path, content):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"signing key .*(cannot be read|needs 16)"):
        create_app({"MODEL_SIGNING_KEY_FILE": file})


def test_the_environment_is_read_when_the_app_is_created(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_MB", "3")
    assert create_app({"MODEL_POLL_SECONDS": 0}).config["MAX_UPLOAD_MB"] == 3
