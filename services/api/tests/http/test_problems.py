"""Unknown paths, wrong methods and internal errors as problem documents."""

import pytest

from prediction_api.forecast.predictor import Predictor


def test_an_unknown_path_is_a_404_that_lists_the_endpoints(client):
    response = client.get("/nothing<b>")
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert response.json["code"] == "address_unknown"
    addresses = response.json["params"]["addresses"]
    assert {"/healthz", "/model", "/openapi.json", "/predict", "/v2"} <= set(addresses)
    assert "/metrics" not in addresses
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
def test_a_wrong_method_is_a_405_that_names_the_allowed_ones(client, method, path, allowed):
    response = client.open(path, method=method)
    assert (response.status_code, response.content_type) == (405, "application/problem+json")
    assert response.json["code"] == "method_not_allowed"
    assert allowed in response.json["params"]["allowed"]
    assert response.headers["Allow"] == ", ".join(response.json["params"]["allowed"])


def test_an_unexpected_error_is_a_500_without_details_and_is_logged(
    client, make, monkeypatch, caplog
):
    def fail(*_):
        raise RuntimeError("secret at /srv/secret.py")

    monkeypatch.setattr(Predictor, "predict", fail)
    response = client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv")
    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert response.json["code"] == "internal_error"
    assert response.json["request_id"] in response.json["detail"]
    assert "secret at /srv/secret.py" in caplog.text
    monkeypatch.undo()
    response = client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv")
    assert response.status_code == 200
