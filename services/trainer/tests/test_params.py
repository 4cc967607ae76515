import pytest
import yaml

from training.errors import ParamsError
from training.params import (
    SECTIONS,
    EngineerFeaturesParams,
    EvaluateParams,
    LoadDataParams,
    PreprocessParams,
    TrainParams,
    check_params,
    load_params,
    read_all_params,
)


@pytest.fixture
def params_file(tmp_path):
    return tmp_path / "params.yaml"


def problems_of(path, text: str, section: type) -> list[str]:
    path.write_text(text)
    with pytest.raises(ParamsError) as caught:
        load_params(section, path)
    return [line.removeprefix(f"{path}: ") for line in str(caught.value).split("\n")]


def test_a_section_is_read_into_its_dataclass(params_file):
    params_file.write_text("engineer_features: {window: 44, horizon: 5, sample_windows: 20}")
    assert load_params(EngineerFeaturesParams, params_file) == EngineerFeaturesParams(
        window=44, horizon=5, sample_windows=20
    )


@pytest.mark.parametrize("section", SECTIONS, ids=SECTIONS.get)
def test_the_repository_s_own_params_are_within_bounds(repository, section):
    load_params(section, repository / "params.yaml")


def test_every_problem_is_listed_at_once(params_file):
    text = (
        "train: {seed: -1, input_ridge: -1, members: 0, units: 2.5, dropout: high, "
        "learning_rate: 0.1, weight_decay: true, batch_size: 64, epochs: 5, refit: 1, patience: 6}"
    )
    assert problems_of(params_file, text, TrainParams) == [
        "train.residual_share is missing",
        "train.patience is unknown; expected seed, input_ridge, members, residual_share, units, "
        "dropout, learning_rate, weight_decay, batch_size, epochs, refit",
        "train.seed: expected a whole number from 0 to 2.14748e+09, found -1",
        "train.input_ridge: expected a number from 0.001 to 1e+06, found -1",
        "train.members: expected a whole number from 1 to 20, found 0",
        "train.units: expected a whole number from 1 to 1024, found 2.5",
        "train.dropout: expected a number from 0 to 0.9, found 'high'",
        "train.weight_decay: expected a number from 0 to 1, found True",
        "train.refit: expected true or false, found 1",
    ]


def test_optional_parameters_may_be_left_out_or_empty(params_file):
    params_file.write_text("load_data: {path: a.csv, market: XNYS, decimal: null}")
    assert load_params(LoadDataParams, params_file) == LoadDataParams("a.csv", "XNYS")


def test_an_optional_parameter_has_one_of_its_values(params_file):
    text = (
        "load_data: {path: a.csv, market: XNYS, dates: day, decimal: comma, volume: 5, "
        "volume_unit: lots}"
    )
    assert problems_of(params_file, text, LoadDataParams) == [
        "load_data.dates: expected one of year-first, day-first, month-first, seconds, "
        "milliseconds, microseconds, nanoseconds, serial, found 'day'",
        "load_data.volume: expected text, found 5",
        "load_data.volume_unit: expected one of shares, lots-10, lots-100, lots-1000, lots-10000, "
        "lots-1000000, found 'lots'",
    ]


@pytest.mark.parametrize("fraction", [0.01, 0.5])
def test_bounds_are_within_the_range(params_file, fraction):
    params_file.write_text(
        f"preprocess: {{validation_fraction: {fraction}, test_fraction: {fraction}, "
        "calendar_ridge: 10}"
    )
    assert load_params(PreprocessParams, params_file).test_fraction == fraction


@pytest.mark.parametrize("fraction", ["0.009", "0.51", ".nan", ".inf", "null", "[0.2]"])
def test_a_value_that_is_not_a_number_within_bounds_is_an_error(params_file, fraction):
    problems = problems_of(
        params_file,
        f"preprocess: {{validation_fraction: 0.1, test_fraction: {fraction}, calendar_ridge: 10}}",
        PreprocessParams,
    )
    assert problems[0].startswith(
        "preprocess.test_fraction: expected a number from 0.01 to 0.5, found "
    )


def test_an_exponent_without_a_point_is_an_error_with_advice(params_file):
    text = (
        "train: {seed: 1, input_ridge: 10, members: 1, residual_share: 1, units: 4, dropout: 0, "
        "learning_rate: 1e-3, weight_decay: 0, batch_size: 1, epochs: 1, refit: true}"
    )
    assert problems_of(params_file, text, TrainParams) == [
        "train.learning_rate: expected a number from 1e-06 to 1, found '1e-3', which is text in "
        "YAML; write 0.001"
    ]


@pytest.mark.parametrize("path", ["", "3", "null", "[a]"], ids=["empty", "number", "null", "list"])
def test_a_path_must_be_text(params_file, path):
    (problem,) = problems_of(
        params_file, f"load_data: {{path: {path or repr('')}, market: XNYS}}", LoadDataParams
    )
    assert problem.startswith("load_data.path: expected text, found ")


@pytest.mark.parametrize(
    ("text", "section", "problem"),
    [
        (
            "engineer_features: {window: 21, horizon: 5, sample_windows: 20}",
            EngineerFeaturesParams,
            "engineer_features.window: expected a whole number from 22 to 1000, found 21",
        ),
        (
            "evaluate: {plot_sessions: 250, bootstrap_samples: 99}",
            EvaluateParams,
            "evaluate.bootstrap_samples: expected a whole number from 100 to 100000, found 99",
        ),
        (
            "load_data: {path: data, market: 3}",
            LoadDataParams,
            "load_data.market: expected text, found 3",
        ),
        ("trian: {}", TrainParams, "the section 'train' is missing"),
        ("train:", TrainParams, "the section 'train' is missing"),
    ],
    ids=[
        "a window shorter than the HAR baseline",
        "too few resamples for an interval",
        "a market that is not text",
        "another section",
        "an empty section",
    ],
)
def test_a_problem_names_the_parameter_or_section(params_file, text, section, problem):
    assert problems_of(params_file, text, section) == [problem]


@pytest.mark.parametrize(
    ("text", "found"),
    [("", "NoneType"), ("[1]", "list"), ("text", "str")],
    ids=["empty", "list", "text"],
)
def test_a_file_that_is_not_a_mapping_is_an_error(params_file, text, found):
    params_file.write_text(text)
    with pytest.raises(ParamsError, match=f"expected sections such as 'train:', found {found}"):
        read_all_params(params_file)


def test_invalid_yaml_is_an_error_with_the_line(params_file):
    params_file.write_text("train: {seed: 1\nunits")
    with pytest.raises(ParamsError, match=r"is not valid YAML: .*\n?.*line"):
        read_all_params(params_file)


def test_yaml_with_python_objects_is_rejected(params_file):
    params_file.write_text("train: !!python/object/apply:os.getcwd []")
    with pytest.raises(ParamsError, match="is not valid YAML"):
        read_all_params(params_file)


def test_all_sections_are_checked_before_the_first_stage(repository, tmp_path, monkeypatch):
    sections = yaml.safe_load((repository / "params.yaml").read_text())
    sections["train"]["epochs"] = "sixty"
    sections["evaluate"]["plot_sessions"] = 0
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(sections))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamsError) as caught:
        check_params()
    assert "train.epochs: expected a whole number" in str(caught.value)
    assert "evaluate.plot_sessions: expected a whole number" in str(caught.value)


def test_the_repository_s_params_pass_the_check(repository, monkeypatch):
    monkeypatch.chdir(repository)
    check_params()
