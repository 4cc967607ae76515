"""The request id links a response to the logs of nginx and the API."""

import pytest
import requests


@pytest.mark.parametrize(
    ("path", "reaches_the_api"),
    [("/nothing", False), ("/v2/nothing", False), ("/predict", True)],
    ids=["unknown", "unknown below /v2", "known to the API"],
)
def test_a_request_has_one_id_in_its_response_and_in_the_logs(stack, path, reaches_the_api):
    answer = requests.get(stack.url + path, timeout=10)
    request_id = answer.headers["X-Request-ID"]
    assert answer.json()["request_id"] == request_id
    logs = {
        service: stack.compose("logs", "--no-color", service) for service in ("frontend", "api")
    }
    assert sum(request_id in line for line in logs["frontend"].splitlines()) == 1
    assert logs["api"].count(request_id) == reaches_the_api
