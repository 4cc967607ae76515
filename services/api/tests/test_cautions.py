"""Warnings that tell how far to trust an answer."""

from dataclasses import replace
from datetime import timedelta


def warnings(client, days, make):
    return client.post("/predict", data=make.comma(days), content_type="text/csv").json["input"]["warnings"]


def served_with(empty_client, store, make, **facts):
    manifest, files = make.bundle(make.first)
    store.publish(replace(manifest, data=manifest.data | facts), files)
    empty_client.application.extensions["models"].poll_once()
    return empty_client


def test_dates_that_are_no_sessions_of_the_market_are_counted(client, make):
    days = make.days(60)
    weekend = next(i for i, day in enumerate(days) if day.session.weekday() == 4)
    days[weekend] = replace(days[weekend], session=days[weekend].session + timedelta(days=1))
    assert any(text.startswith("1 of the file's 60 dates are no sessions of XNYS") for text in warnings(client, days, make))


def test_a_file_of_the_market_s_own_sessions_gives_no_warning(client, make):
    assert warnings(client, make.days(60), make) == []


def test_sessions_that_the_model_may_have_learned_from_are_counted(empty_client, store, make):
    days = make.days(60)
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    found = len(days) - make.window - 1 - 10
    texts = warnings(client, days, make)
    assert [text for text in texts if text.startswith(f"{found} of the {found + 10} sessions in the track record of 'AAPL' lie before")]


def test_a_ticker_that_was_not_trained_on_gives_no_such_warning(empty_client, store, make):
    days = make.days(60, ticker="OTHER")
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    assert warnings(client, days, make) == []
