"""The values of params.yaml: one dataclass per section, checked on loading."""

from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import yaml

from model_contract.reading.formats.date_format import ORDERS, DateOrder
from model_contract.reading.interpret.reading import (
    SHARES_PER_UNIT,
    SIGNS,
    DecimalName,
    VolumeUnit,
)
from training.errors import ParamsError
from training.paths import PARAMS

AUTO = "auto"  # as load_data.market: find each ticker's market


def within(low: float, high: float) -> Any:
    """Declare a field whose number must be between `low` and `high`, inclusive."""
    return field(metadata={"low": low, "high": high})


def switch() -> Any:
    """Declare a field that is true or false."""
    return field()


@dataclass(frozen=True)
class LoadDataParams:
    """Section `load_data`. The optional parameters settle what files leave open."""

    path: str
    market: str  # a code, or AUTO
    dates: DateOrder | None = field(default=None, metadata={"values": ORDERS})
    decimal: DecimalName | None = field(default=None, metadata={"values": tuple(SIGNS)})
    volume: str | None = field(default=None, metadata={"values": ()})
    volume_unit: VolumeUnit | None = field(
        default=None, metadata={"values": tuple(SHARES_PER_UNIT)}
    )


@dataclass(frozen=True)
class PreprocessParams:
    """Section `preprocess`."""

    validation_fraction: float = within(0.01, 0.5)
    test_fraction: float = within(0.01, 0.5)
    calendar_ridge: float = within(0.001, 1e6)  # at 0, collinear flags would have no one solution


@dataclass(frozen=True)
class EngineerFeaturesParams:
    """Section `engineer_features`."""

    window: int = within(22, 1000)  # the HAR baseline looks back 22 sessions
    horizon: int = within(1, 22)
    sample_windows: int = within(1, 1000)


@dataclass(frozen=True)
class TrainParams:
    """Section `train`."""

    seed: int = within(0, 2**31)
    input_ridge: float = within(0.001, 1e6)  # at 0, collinear inputs would have no one solution
    members: int = within(1, 20)
    residual_share: float = within(0, 1)
    units: int = within(1, 1024)
    dropout: float = within(0, 0.9)
    learning_rate: float = within(1e-6, 1)
    weight_decay: float = within(0, 1)
    batch_size: int = within(1, 65536)
    epochs: int = within(1, 100_000)
    refit: bool = switch()


@dataclass(frozen=True)
class EvaluateParams:
    """Section `evaluate`."""

    plot_sessions: int = within(1, 100_000)
    bootstrap_samples: int = within(100, 100_000)


@dataclass(frozen=True)
class PublishParams:
    """Section `publish`."""

    markets: str
    calendar_years_ahead: int = within(1, 5)
    golden_windows: int = within(1, 100)
    keep: int = within(2, 1000)  # the current version and the previous one
    challenger_sessions: int = within(0, 1000)
    minimum_skill_vs_naive: float = within(-100, 1)
    maximum_mae_vs_har_calendar: float = within(0, 100)
    maximum_coverage_error: float = within(0, 1)
    maximum_mae_vs_served: float = within(0, 100)
    maximum_mae_vs_anchor: float = within(0, 100)
    maximum_refit_difference: float = within(0, 100)

    @property
    def market_codes(self) -> list[str]:
        """The distinct codes of `markets`."""
        return list(dict.fromkeys(self.markets.split()))


@dataclass(frozen=True)
class BacktestParams:
    """Section `backtest`, for `make backtest`, which is not a pipeline stage."""

    folds: int = within(1, 50)
    seeds: int = within(1, 50)


SECTIONS: dict[type, str] = {
    LoadDataParams: "load_data",
    PreprocessParams: "preprocess",
    EngineerFeaturesParams: "engineer_features",
    TrainParams: "train",
    EvaluateParams: "evaluate",
    PublishParams: "publish",
    BacktestParams: "backtest",
}
Section = TypeVar("Section")


def load_params(section: type[Section], path: Path = PARAMS) -> Section:
    """Read one section of params.yaml. Raises `ParamsError`, which lists every problem in it."""
    name = SECTIONS[section]
    values = read_all_params(path).get(name)
    if not isinstance(values, dict):
        raise ParamsError(f"{path}: the section '{name}' is missing")
    wanted = {item.name: item for item in fields(section)}  # type: ignore[arg-type]
    problems = [
        f"{name}.{key} is missing"
        for key, item in wanted.items()
        if key not in values and item.default is MISSING
    ]
    problems += [
        f"{name}.{key} is unknown; expected {', '.join(wanted)}"
        for key in values
        if key not in wanted
    ]
    problems += [
        problem
        for key, value in values.items()
        if key in wanted
        for problem in _problems(f"{name}.{key}", value, wanted[key])
    ]
    if problems:
        raise ParamsError("\n".join(f"{path}: {problem}" for problem in problems))
    return section(**values)


def check_params() -> None:
    """Check every section before the first stage runs. Raises `ParamsError` with all problems."""
    problems = []
    for section in SECTIONS:
        try:
            load_params(section)
        except ParamsError as error:
            problems.append(str(error))
    if not problems and not Path(load_params(LoadDataParams).path).exists():
        problems.append(
            f"{PARAMS}: load_data.path: {load_params(LoadDataParams).path} does not exist; "
            "expected a file of prices or a folder of them"
        )
    if problems:
        raise ParamsError("\n".join(problems))


def read_all_params(path: Path = PARAMS) -> dict[str, Any]:
    """Read params.yaml without checking it. Raises `ParamsError` if it is not a YAML mapping."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ParamsError(
            f"{path} is missing; run this command from the repository root"
        ) from error
    except yaml.YAMLError as error:
        raise ParamsError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(values, dict):
        raise ParamsError(
            f"{path}: expected sections such as 'train:', found {type(values).__name__}"
        )
    return values


def _problems(name: str, value: object, wanted: Any) -> list[str]:
    if "values" in wanted.metadata:
        return _optional_problems(name, value, wanted.metadata["values"])
    if wanted.type is str:
        return (
            []
            if isinstance(value, str) and value.strip()
            else [f"{name}: expected text, found {value!r}"]
        )
    if wanted.type is bool:
        return (
            [] if isinstance(value, bool) else [f"{name}: expected true or false, found {value!r}"]
        )
    low, high = wanted.metadata["low"], wanted.metadata["high"]
    kinds, kind = ((int,), "a whole number") if wanted.type is int else ((int, float), "a number")
    if not isinstance(value, kinds) or isinstance(value, bool) or not low <= value <= high:
        return [
            f"{name}: expected {kind} from {low:g} to {high:g}, found {value!r}{_advice(value)}"
        ]
    return []


def _optional_problems(name: str, value: object, allowed: tuple[str, ...]) -> list[str]:
    if value is None or (isinstance(value, str) and (value in allowed or not allowed)):
        return []
    expected = f"one of {', '.join(allowed)}" if allowed else "text"
    return [f"{name}: expected {expected}, found {value!r}"]


def _advice(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return ""
    return f", which is text in YAML; write {number:f}"
