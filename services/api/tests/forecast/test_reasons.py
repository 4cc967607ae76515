"""The reasons of a forecast: its parts, relative to the usual volume."""

import json

import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.forecasting import network_arguments
from model_contract.model.inputs import reports
from model_contract.model.inputs.market import market_inputs
from model_contract.model.inputs.ticker_inputs import GROUPS, INPUT_NAMES
from model_contract.model.onnx_network import CONTRIBUTIONS_OF, OnnxNetwork
from model_contract.model.windows import history_windows
from predict_requests import post
from prediction_api.forecast import predictor
from prediction_api.observability import timing

OTHERS = [*GROUPS, "lstm"]  # the parts of every forecast
ROUNDING = 1e-6


def explained(client, data, **query):
    """The predictions for a file that must be accepted, with their reasons."""
    response = post(client, data, query_string={"explain": 1} | query)
    assert response.status_code == 200, response.text
    return response.json["predictions"]


def parts(prediction):
    return {part["of"]: part["log"] for part in prediction["reasons"]["parts"]}


def panel(make, counts=(60, 300, 600)):
    return [
        make.days(count, ticker, seed=count) for ticker, count in zip("ABC", counts, strict=True)
    ]


def one_file(make, tickers):
    return make.comma([day for days in tickers for day in days])


FILES = {
    "one ticker": lambda make: make.comma(make.days(60)),
    "the shortest history": lambda make: make.comma(make.days(23)),
    "a long history": lambda make: make.comma(make.days(1500)),
    "several tickers": lambda make: one_file(make, panel(make)),
    "windows": lambda make: make.windows(make.days(600)),
    "windows without a calendar": lambda make: make.windows(make.days(30, last="2029-12-31")),
}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_the_parts_add_up_to_the_forecast(client, make, file):
    for prediction in explained(client, file(make)):
        reasons = prediction["reasons"]
        expected = np.log(prediction["volume"] / reasons["usual_volume"])
        assert sum(parts(prediction).values()) == pytest.approx(expected, abs=ROUNDING)
        for part in reasons["parts"]:
            assert part["change"] == pytest.approx(np.exp(part["log"]) - 1, abs=ROUNDING)


def test_reasons_are_given_only_on_request(client, make):
    data = make.comma(make.days(60))
    plain = post(client, data).json
    for query in ("", "explain=0"):
        assert post(client, data, query_string=query).json == plain
    assert all("reasons" not in prediction for prediction in plain["predictions"])
    answer = post(client, data, query_string="explain=1").json
    for prediction in answer["predictions"]:
        assert list(prediction)[-1] == "reasons"
        del prediction["reasons"]
    assert answer == plain


def test_steps_limits_the_forecasts_with_reasons(client, make):
    data = make.comma(make.days(60))
    assert explained(client, data, steps=1) == explained(client, data)[:1]


@pytest.mark.parametrize("kind", ["comma", "windows"])
def test_the_usual_volume_is_the_mean_of_the_last_22_sessions(client, make, kind):
    days = make.days(60)
    prediction = explained(client, getattr(make, kind)(days))[-1]
    expected = np.mean([day.volume for day in days[-22:]])
    assert prediction["reasons"]["usual_volume"] == pytest.approx(expected)


@pytest.mark.parametrize("last", ["2013-03-01", "2013-02-15", "2013-02-27", "2012-12-21"])
@pytest.mark.parametrize("kind", ["comma", "windows"])
def test_the_part_of_a_flag_is_its_learned_effect(client, make, kind, last):
    predictions = explained(client, getattr(make, kind)(make.days(60, last=last)))
    for prediction in predictions:
        session = np.datetime64(prediction["session"])
        flags = make.calendar.flags_of(session[None])[0]
        found = {name: log for name, log in parts(prediction).items() if name in CALENDAR_FLAGS}
        expected = {
            name: make.effects[place] for place, name in enumerate(CALENDAR_FLAGS) if flags[place]
        }
        assert found == pytest.approx(expected)
        assert {*prediction["calendar"]} <= {*found}


def test_the_parts_are_in_the_same_order_in_every_forecast(client, make):
    for prediction in explained(client, make.windows(make.days(300))):
        names = [*parts(prediction)]
        assert names[-len(OTHERS) :] == OTHERS
        assert names == [name for name in (*CALENDAR_FLAGS, *OTHERS) if name in names]


def test_the_other_parts_are_what_the_network_says(client, make):
    tickers = panel(make)
    prices = [make.prices(days) for days in tickers]
    predictions = explained(client, one_file(make, tickers))
    network = OnnxNetwork(make.model())
    for index, (one, of_market) in enumerate(zip(prices, market_inputs(prices), strict=True)):
        coming = make.calendar.after(one.session[-1], make.horizon)
        windows = history_windows(
            one, make.calendar, coming, make.window, make.effects, of_market, 1
        )
        arguments, _ = network_arguments(windows, make.scalers)
        contributions = network.contributions(*arguments)[0] * make.scalers.target.scale[0]
        inputs = arguments[2].copy()
        for name, value in zip(reports.NAMES, reports.IF_UNKNOWN, strict=True):
            place = INPUT_NAMES.index(name)
            inputs[:, :, place] = value / make.scalers.inputs.scale[place]
        without = network.contributions(*arguments[:2], inputs)[0] * make.scalers.target.scale[0]
        of_unknown = [
            sum(of_step[CONTRIBUTIONS_OF.index(name)] for name in reports.NAMES)
            for of_step in without
        ]
        for step, of_step in enumerate(contributions):
            by_name = dict(zip(CONTRIBUTIONS_OF, of_step.tolist(), strict=True))
            found = parts(predictions[index * make.horizon + step])
            assert found["lstm"] == pytest.approx(by_name["lstm"], abs=ROUNDING)
            for group in ("news", "market", "reports", "own_calendar"):
                expected = sum(by_name[name] for name in GROUPS[group])
                if group == "reports":
                    expected -= of_unknown[step]
                assert found[group] == pytest.approx(expected, abs=ROUNDING)
                if len(one) == 600 and group != "news":  # news is 0 unless volume surges
                    assert found[group] != 0


def test_a_single_ticker_has_no_market(client, make):
    for prediction in explained(client, make.comma(make.days(300))):
        assert parts(prediction)["market"] == 0


def test_without_an_earlier_quarter_nothing_is_known_of_reports(client, make):
    calm = [[make.replace(day, volume=1e6) for day in days] for days in panel(make, (50, 45, 52))]
    for data in (make.comma(calm[0]), one_file(make, calm)):
        for prediction in explained(client, data):
            assert parts(prediction)["reports"] == pytest.approx(0, abs=ROUNDING)


def test_several_tickers_have_a_market(client, make):
    for prediction in explained(client, one_file(make, panel(make))):
        assert parts(prediction)["market"] != 0


def test_windows_have_the_reasons_of_their_history(client, make):
    days = make.days(600)
    from_history = explained(client, make.comma(days))[0]
    from_windows = explained(client, make.windows(days))[-1]
    assert parts(from_windows) == pytest.approx(parts(from_history), abs=ROUNDING)


@pytest.mark.parametrize("factor", [10**9, 10**14, 10**300])
def test_absurd_volumes_have_finite_reasons_or_none(client, make, factor):
    days = make.days(60)
    wild = make.replace(days[-1], volume=days[-1].volume * factor)
    response = post(client, make.comma([*days[:-1], wild]), query_string="explain=1")
    assert response.status_code == 200
    json.loads(response.text, parse_constant=pytest.fail)
    for prediction in response.json["predictions"]:
        assert np.isfinite(prediction["volume"])
        assert ("reasons" in prediction) == (factor < 10**300)


@pytest.mark.parametrize("column", ["Volume", "High", "Close", "Open"])
@pytest.mark.parametrize("value", ["1e308", "1e-308", "1e150"])
def test_numbers_at_the_ends_of_the_float_range_have_finite_reasons_or_none(
    client, make, column, value
):
    lines = make.comma(make.days(60)).decode().splitlines()
    index = lines[0].split(",").index(column)
    for row in range(30, 61, 3):
        cells = lines[row].split(",")
        cells[index] = value
        if column in ("Open", "Close"):  # the row must not contradict itself
            cells[lines[0].split(",").index("High" if float(value) > 1 else "Low")] = value
        lines[row] = ",".join(cells)
    response = post(client, "\n".join(lines).encode(), query_string="explain=1")
    assert response.status_code in (200, 422)
    json.loads(response.text, parse_constant=pytest.fail)
    for prediction in response.json.get("predictions", ()):
        for part in prediction.get("reasons", {"parts": ()})["parts"]:
            assert None not in part.values()


def test_reasons_are_not_timed_twice(client, make):
    """The phases of a request don't nest."""
    inside = []

    class Phase(timing.phase):
        def __enter__(self):
            assert not inside
            inside.append(self._name)
            super().__enter__()

        def __exit__(self, *error):
            inside.pop()
            super().__exit__(*error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictor, "phase", Phase)
        explained(client, make.comma(make.days(60)))
        explained(client, make.windows(make.days(60)))
