"""Invalid settings stop a container with one line that names them."""

import pytest

from running_stack import Stack


def start_with(stack: Stack, service: str, name: str, value: str) -> list[str]:
    """Start a service that must refuse its setting, and return its output."""
    image = stack.inspect(service)["Image"]
    done = stack.run("docker", "run", "--rm", "--env", f"{name}={value}", image, check=False)
    assert done.returncode == 1
    return (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_UPLOAD_MB", "…"),
        ("MAX_UPLOAD_MB", "1000"),
        ("CLIENT_BURST", "0"),
        ("CLIENT_CONNECTIONS", "-1"),
        ("CLIENT_REQUESTS_PER_SECOND", "5r/s; evil"),
        ("REQUEST_SECONDS", "1m"),
        ("ALLOWED_HOSTS", "a;b"),
    ],
)
def test_nginx_reports_an_invalid_setting_in_one_line(stack, name, value):
    (line,) = start_with(stack, "frontend", name, value)
    assert line.startswith(f"the page cannot be served: {name} must be ")


@pytest.mark.parametrize(
    ("name", "value"), [("WEB_CONCURRENCY", "x"), ("MAX_UPLOAD_MB", "…"), ("QUEUE_LENGTH", "-1")]
)
def test_the_api_reports_an_invalid_setting_in_one_line(stack, name, value):
    (line,) = start_with(stack, "api", name, value)
    assert line.startswith(f"the API cannot start: {name} must be ")
