import errno
import sqlite3
from contextlib import closing

import pytest

from forecast_loop import __main__ as command_line


def full_folder(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "deliveries/0123abcd")


def full_database(*_: object) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("CREATE TABLE prices (volume)")


@pytest.mark.parametrize("full", [full_folder, full_database])
def test_a_full_disk_says_what_can_be_removed(full, monkeypatch, caplog):
    monkeypatch.setattr(command_line, "_run", full)
    assert command_line.main(["round"]) == 1
    assert "full" in caplog.messages[0] or "No space left" in caplog.messages[0]
    assert "'make tidy'" in caplog.messages[1]
    assert "keep_…_days in watchlist.yaml" in caplog.messages[1]


def test_another_error_doesnt(monkeypatch, caplog):
    monkeypatch.setattr(command_line, "_run", lambda _: int("x"))
    with pytest.raises(ValueError, match="invalid literal"):
        command_line.main(["round"])
    assert caplog.messages == []
