"""What holds for every request and every answer."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.store.model_store import TrainerStatus
from prediction_api import create_app
from prediction_api.forecast.predictor import Predictor
from prediction_api.observability import logs

METHODS = [
    ("GET", "/predict", "POST"),
    ("PUT", "/predict", "POST"),
    ("POST", "/model", "GET"),
    ("OPTIONS", "/predict", "POST"),
]
PATHS = ("/healthz", "/readyz", "/model", "/metrics", "/sample.csv", "/nothing")
CONFIGURATION = Path(__file__).resolve().parents[1] / "gunicorn.conf.py"


def test_an_unknown_path_is_a_404_that_lists_what_there_is(client):
    response = client.get("/nothing<b>")
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert (
        "/healthz, /model, /openapi.json, /predict, /readyz, /sample.csv" in response.json["detail"]
    )
    assert "<" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/predict", "POST"),
        ("PUT", "/predict", "POST"),
        ("POST", "/model", "GET"),
        ("OPTIONS", "/predict", "POST"),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_one(client, method, path, allowed):
    response = client.open(path, method=method)
    assert (response.status_code, response.content_type) == (405, "application/problem+json")
    assert allowed in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/model/", "/predict/", "/a//b", "/./model"])
def test_nothing_is_redirected(client, path):
    client.application.add_url_rule("/a/b", view_func=lambda: "")
    response = client.get("/", environ_overrides={"PATH_INFO": path})
    assert (response.status_code, response.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "localhost:80:80",
        "[::2]",
        "",
        "a b",
        "<b>",
        "localhost@evil",
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/model", "/nothing"])
def test_an_unknown_host_is_a_400(client, host, path):
    response = client.get(path, headers={"Host": host})
    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert "<" not in response.text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:5001", "127.0.0.1:8000", "[::1]", "[::1]:5001", "api:8000"]
)
def test_its_own_hosts_are_answered(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_the_operator_can_add_hosts_and_keeps_the_local_ones(store):
    client = create_app(
        {
            "MODEL_STORE": store.directory,
            "MODEL_POLL_SECONDS": 0,
            "ALLOWED_HOSTS": "Volumes.example.org other",
        }
    ).test_client()
    answers = {
        host: client.get("/healthz", headers={"Host": host}).status_code
        for host in ("volumes.example.org", "localhost", "api")
    }
    assert answers == {"volumes.example.org": 200, "localhost": 200, "api": 400}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_its_headers(client, path):
    response = client.get(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])
    assert response.headers["Cache-Control"] == (
        "public, max-age=3600" if path == "/sample.csv" else "no-store"
    )


def test_a_given_request_id_is_kept(client):
    response = client.get("/nothing", headers={"X-Request-ID": "abc-12345678"})
    assert response.headers["X-Request-ID"] == response.json["request_id"] == "abc-12345678"


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "<script>alert(1)</script>", "with space 123", "12345678\u00e9"]
)
def test_a_malformed_request_id_is_replaced(client, given):
    assert re.fullmatch(
        "[0-9a-f]{32}",
        client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"],
    )


def test_an_unexpected_error_is_a_500_that_tells_nothing_and_is_logged(
    client, make, monkeypatch, caplog
):
    def fail(*_):
        raise RuntimeError("secret at /srv/secret.py")

    monkeypatch.setattr(Predictor, "predict", fail)
    response = client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv")
    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert response.json["request_id"] in response.json["detail"]
    assert "secret at /srv/secret.py" in caplog.text
    monkeypatch.undo()
    assert (
        client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv").status_code
        == 200
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_never_written(client, make, monkeypatch, caplog, number):
    data, original = make.comma(make.days(60)), Predictor.predict

    def predict(*arguments):
        answer = original(*arguments)
        answer["track_record"][0]["mae"] = number
        return answer

    monkeypatch.setattr(Predictor, "predict", predict)
    assert client.post("/predict", data=data, content_type="text/csv").status_code == 500
    assert "a number that is not finite" in caplog.text


def test_model_tells_the_public_part_of_the_manifest(client, make):
    model = client.get("/model").json["model"]
    assert model == {
        "version": make.first,
        "trained_at": "2026-11-22T10:15:00Z",
        "contract_version": 2,
        "window": make.window,
        "horizon": make.horizon,
        "features": ["log_volume", "log_return", "log_range"],
        "market": "XNYS",
        "data": {
            "rows": 12154,
            "tickers": ["AAPL"],
            "first_session": "2000-03-01",
            "last_session": "2013-03-01",
        },
        "calendar_effects": dict.fromkeys(CALENDAR_FLAGS, 0.25),
        "metrics": {"mae": 1.5e6, "skill": {"naive": {"value": 0.2}}},
        "gate": {"passed": True},
    }


def test_model_tells_the_calendar_s_flags_in_the_order_that_tensors_have_them(client):
    assert tuple(client.get("/model").json["model"]["calendar_effects"]) == CALENDAR_FLAGS


def test_model_tells_what_the_trainer_is_doing(empty_client, store):
    store.write_status(
        TrainerStatus(
            "running",
            "train",
            "2026-11-22T10:00:00Z",
            epoch=3,
            epochs=50,
            loss=0.5,
            eta_seconds=12.0,
        )
    )
    trainer = empty_client.get("/model").json["trainer"]
    assert (
        trainer["state"],
        trainer["stage"],
        trainer["epoch"],
        trainer["epochs"],
        trainer["error"],
    ) == ("running", "train", 3, 50, None)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 1}'])
def test_a_damaged_status_is_no_status(empty_client, store, text):
    store.directory.mkdir()
    (store.directory / "status.json").write_text(text)
    assert empty_client.get("/model").json["trainer"] is None


def test_a_request_is_logged_on_one_line_without_its_query_and_data(client, make, caplog):
    with caplog.at_level(logging.INFO):
        client.post(
            "/predict?points=7", data=make.comma(make.days(60, "HUSH")), content_type="text/csv"
        )
    (record,) = [
        record
        for record in caplog.records
        if record.name == "prediction_api.observability.request_log"
    ]
    fields = record.fields
    assert (fields["method"], fields["path"], fields["status"]) == ("POST", "/predict", 200)
    assert (fields["kind"], fields["rows"], fields["tickers"], fields["version"]) == (
        "history",
        60,
        1,
        make.first,
    )
    assert fields["bytes"] > 100
    assert all(
        0 < fields[f"{part}_ms"] < fields["ms"]
        for part in ("read", "features", "inference", "write")
    )
    assert "points" not in json.dumps(fields) + record.getMessage()
    assert "HUSH" not in caplog.text


def test_an_address_that_there_is_not_is_logged_without_its_text(client, caplog):
    with caplog.at_level(logging.INFO):
        client.get("/hush/hush?hush=1")
    (record,) = [
        record
        for record in caplog.records
        if record.name == "prediction_api.observability.request_log"
    ]
    assert (record.fields["path"], record.fields["status"]) == ("other", 404)
    assert "hush" not in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_health_check_that_succeeds_is_not_logged(client, caplog, path):
    with caplog.at_level(logging.INFO):
        client.get(path)
    assert "request_log" not in [record.module for record in caplog.records]


def test_a_hostile_path_cannot_write_a_log_line(client, caplog):
    with caplog.at_level(logging.INFO):
        client.get("/x%0a2026-01-01%20INFO%20all%20is%20well%1b[31m")
    assert all(
        "\n" not in record.getMessage() and "\x1b" not in record.getMessage()
        for record in caplog.records
    )


def test_a_json_log_line_is_one_object_with_its_fields():
    record = logging.LogRecord(
        "name", logging.ERROR, "file.py", 1, "two\nlines %s", ("here",), None
    )
    record.fields = {"status": 200}
    text = logs.JsonFormatter().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["level"], line["message"], line["status"]) == ("error", "two\nlines here", 200)


def modules_after(code, **environment):
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    environment |= {"PYTHONPATH": ":".join(sys.path), "MODEL_POLL_SECONDS": "0"}
    return set(
        subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout.split()
    )


def test_gunicorns_master_does_not_load_the_inference_runtime():
    """Nor the metrics' library, which looks for the directory of its files when it is imported: there is none yet."""
    modules = modules_after(f"import runpy; runpy.run_path({str(CONFIGURATION)!r})")
    assert "prediction_api.settings" in modules
    assert not modules & {"onnxruntime", "numpy", "prometheus_client"}


def test_neither_tensorflow_nor_pandas_is_loaded():
    modules = modules_after("import prediction_api; prediction_api.create_app()")
    assert "onnxruntime" in modules
    assert not modules & {"tensorflow", "keras", "pandas"}


def test_the_runtime_neither_keeps_a_device_id_nor_collects_usage_data(tmp_path):
    modules = modules_after("from model_contract.model import onnx_network", HOME=str(tmp_path))
    assert "onnxruntime" in modules
    assert list(tmp_path.iterdir()) == []
