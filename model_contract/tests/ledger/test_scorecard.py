"""The scorecard's figures, compared with the same figures from all forecasts at once."""

from pathlib import Path

import numpy as np
import pytest

from forecast_rows import row
from model_contract.errors import SessionsRemovedError
from model_contract.ledger.ledger import Ledger, Truth
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.ledger.scorecard import Scope
from model_contract.model.error_metrics import coverage, errors, skill

SESSIONS = [f"2024-{month:02}-{day:02}" for month in (4, 5) for day in (1, 2, 3, 8)]
MODELS = ("20240328T210000Z-1a2b3c4d", "20240501T210000Z-5e6f7a8b")
NOW = "2024-06-01T00:00:00Z"


@pytest.fixture
def found(tmp_path: Path) -> tuple[LedgerReader, list[dict]]:
    """A ledger of 3 tickers, 8 sessions, 2 steps and 2 models, and all its values."""
    random, ledger, number = np.random.default_rng(3), Ledger(tmp_path), 0
    values, truths = [], []
    for position, session in enumerate(SESSIONS):
        for ticker, market in (("AAPL", "XNYS"), ("IBM", "XNYS"), ("PETR4", "BVMF")):
            for step in (1, 2):
                volumes = random.uniform(1e6, 9e6, 4)
                volume, naive, har, actual = volumes.tolist()
                fields = {
                    "ticker": ticker, "market": market, "session": session, "step": step,
                    "origin": f"2024-03-{position * 2 + step:02}",
                    "opens_at": f"{session}T13:30:00Z",
                    "calendar": "half_day" if session.endswith("08") else "",
                    "model": MODELS[position >= 4],
                    "volume": volume, "naive": naive, "har": har,
                    "lower_80": volume * 0.6, "upper_80": volume * 1.5,
                    "lower_95": volume * 0.4, "upper_95": volume * 2.5,
                }  # fmt: skip
                ledger.append([row(**fields)])
                number += 1
                if (ticker, session) != ("IBM", SESSIONS[-1]):  # its volume hasn't come yet
                    truths.append(Truth(number, actual * 2, "1", NOW))
                    values.append(fields | {"actual": actual})
    ledger.score(truths)
    corrected = [Truth(truth.row, truth.actual / 2, "2", NOW) for truth in truths]
    for part in (corrected[:20], corrected[20:]):
        ledger.score(part)
    return LedgerReader(tmp_path), values


def expected(rows: list[dict]) -> dict[str, float]:
    columns = {name: np.array([one[name] for one in rows]) for name in rows[0]}
    actual, volume = columns["actual"], columns["volume"]
    found = errors(actual, volume)
    return {
        "forecasts": len(rows),
        "mae": found["mae"],
        "mape": found["mape"],
        "bias": (volume.sum() - actual.sum()) / actual.sum(),
        "skill_vs_naive": skill(found["mae"], errors(actual, columns["naive"])["mae"]),
        "skill_vs_har": skill(found["mae"], errors(actual, columns["har"])["mae"]),
        "coverage_80": coverage(actual, columns["lower_80"], columns["upper_80"]),
        "coverage_95": coverage(actual, columns["lower_95"], columns["upper_95"]),
        "width_80": 0.9,
    }


GROUPS = {
    "version": lambda one: one["model"],
    "month": lambda one: one["session"][:7],
    "ticker": lambda one: one["ticker"],
    "calendar": lambda one: one["calendar"] or "ordinary",
}


SCOPES = [
    Scope(),
    Scope(ticker="IBM"),
    Scope(market="XNYS"),
    Scope(version=MODELS[1]),
    Scope(ticker="AAPL", market="BVMF"),
    Scope(first="2024-04-01", last="2024-04-30"),
    Scope(ticker="IBM", last="2024-05-08"),
    Scope(ticker="IBM", first="2024-05-02"),
]
# They cut the month whose forecasts are removed.
CUTTING = [
    Scope(first="2024-04-02", last="2024-05-03"),
    Scope(ticker="IBM", first="2024-03-05", last="2024-04-03"),
    Scope(ticker="AAPL", first="2024-04-02", last="2024-04-03"),
]


@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("scope", [*SCOPES, *CUTTING], ids=str)
def test_scores_are_those_of_the_forecasts_themselves(
    found: tuple[LedgerReader, list[dict]], by: str, scope: Scope
):
    reader, values = found
    rows = [
        one
        for one in values
        if one["step"] == 2
        and scope.ticker in (None, one["ticker"])
        and scope.market in (None, one["market"])
        and scope.version in (None, one["model"])
        and (scope.first or "") <= one["session"] <= (scope.last or "9")
    ]
    scores = reader.scores(by, 2, scope)
    assert {score[by] for score in scores} == {GROUPS[by](one) for one in rows}
    for score in scores:
        group = [one for one in rows if GROUPS[by](one) == score[by]]
        assert score["first_session"] == min(one["session"] for one in group)
        assert score["last_session"] == max(one["session"] for one in group)
        wanted = expected(group)
        assert {name: score[name] for name in wanted} == pytest.approx(wanted, rel=1e-12)
        assert [name for name in GROUPS if score[name] is not None] == [by]


@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("scope", [*SCOPES, *CUTTING], ids=str)
def test_scores_stay_when_their_forecasts_are_removed(
    found: tuple[LedgerReader, list[dict]], tmp_path: Path, by: str, scope: Scope
):
    reader, _ = found
    before = reader.scores(by, 2, scope)
    assert Ledger(tmp_path).remove("2024-05-01", NOW) == 24
    days = by == "calendar" and scope.ticker is not None and scope.last == "2024-04-30"
    if days or (scope in CUTTING and (by == "ticker" or scope.ticker)):
        with pytest.raises(SessionsRemovedError) as error:
            reader.scores(by, 2, scope)
        assert error.value.until == "2024-04-08"
    else:
        assert reader.scores(by, 2, scope) == before


def test_pairs_of_forecasts_are_compared_by_session(tmp_path: Path):
    ledger, random = Ledger(tmp_path), np.random.default_rng(5)
    tickers, roles = ("AAPL", "IBM"), dict(zip(("champion", "challenger"), MODELS, strict=True))
    volumes = random.uniform(1e6, 9e6, (4, 2, 4))  # (sessions, tickers, values)
    for session, of_session in zip(SESSIONS, volumes, strict=False):
        for number, (role, model) in enumerate(roles.items()):
            of_role = {"role": role, "model": model, "session": session}
            for ticker, values in zip(tickers, of_session, strict=True):
                fields = of_role | {"ticker": ticker, "origin": f"2024-03-{session[8:]}"}
                ledger.append([row(volume=values[number], har=values[2], **fields)])
    ledger.append([row(ticker="ALONE", session=SESSIONS[0], model=MODELS[0])])
    actual = [value for of_session in volumes[:3, :, 3] for value in [*of_session, *of_session]]
    for factor in (3.0, 1.0):  # all are corrected
        known = enumerate(actual, start=1)
        ledger.score([Truth(number, value * factor, "1", NOW) for number, value in known])
    ledger.remove(SESSIONS[2], NOW)
    errors = np.abs(np.log(volumes[:3] / volumes[:3, :, 3:])).mean(axis=1)
    reader = LedgerReader(tmp_path)
    own, others = reader.paired_errors(*MODELS)
    np.testing.assert_allclose(np.stack([own, others]), errors[:, :2].T, rtol=1e-12)
    own, har = reader.paired_errors(MODELS[1])
    np.testing.assert_allclose(np.stack([own, har]), errors[:, 1:3].T, rtol=1e-12)
    assert [len(found) for found in reader.paired_errors("none")] == [0, 0]
