"""Hosts, request ids and headers: the rules for every request."""

import re

import pytest

from prediction_api import create_app

PATHS = ("/healthz", "/readyz", "/model", "/metrics", "/sample.csv", "/nothing")


@pytest.mark.parametrize("path", ["/model/", "/predict/", "/a//b", "/./model"])
def test_no_path_redirects(client, path):
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
    assert response.json["code"] == "host_unknown"
    assert "<" not in response.text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:5001", "127.0.0.1:8000", "[::1]", "[::1]:5001", "api:8000"]
)
def test_known_host_names_are_accepted(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_hosts_can_be_added_to_the_local_ones(store):
    settings = {"MODEL_STORE": store.directory, "ALLOWED_HOSTS": "Volumes.example.org other"}
    client = create_app({"MODEL_POLL_SECONDS": 0, **settings}).test_client()
    for host, status in (("volumes.example.org", 200), ("localhost", 200), ("api", 400)):
        assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_the_common_headers(client, path):
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
