"""The API's /metrics covers all workers and is only available inside the network."""

import pytest

from volume_store import await_served

WORKERS = 2


def test_metrics_cover_all_workers(stack, store):
    before = stack.metric("model_swaps_total")
    version = store.prepare()
    store.put(version)
    await_served(stack, version)
    assert [stack.metric("model_swaps_total") - before for _ in range(4)] == [WORKERS] * 4
    assert stack.metric(f'model_info{{version="{version}"}}') == 1


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/metrics", [404]),
        ("/metrics/", [404]),
        ("//metrics", [404]),
        ("/./metrics", [404]),
        ("/model/../metrics", [404]),
        ("/metrics?x=/../model", [404]),
        ("/%6detrics", [404]),
        ("/metrics#/../model", [404]),
        ("/v2/../metrics", [400, 404]),
        ("/v2/%2e%2e/metrics", [400, 404]),
        ("/v2//..//metrics", [400, 404]),
        ("/v2%2f..%2fmetrics", [400, 404]),
        ("/healthz/../metrics", [400, 404]),
    ],
)
def test_metrics_are_not_available_from_outside(stack, path, statuses):
    headers = "Host: localhost\r\nConnection: close\r\n\r\n"
    answer = stack.exchange(f"GET {path} HTTP/1.1\r\n{headers}".encode())
    assert int(answer.split()[1]) in statuses
    assert b"model_swaps" not in answer
    assert b"http_requests_total" not in answer
