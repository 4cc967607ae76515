"""A real gunicorn on loopback, asked with real bytes: limits and broken requests leave the worker serving."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parent.parent
MEGABYTE = 1024 * 1024
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


class Server:
    """One gunicorn process with one worker."""

    def __init__(self, store, log):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = log
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MODEL_STORE": str(store),
            "MAX_UPLOAD_MB": "1",
            "WEB_CONCURRENCY": "1",
            "LOG_FORMAT": "json",
        }
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "prediction_api:create_app()"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=SERVICE, env=environment, stdout=output, stderr=output)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def worker(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        assert len(children) == 1
        return int(children[0])

    def worker_megabytes(self):
        status = Path(f"/proc/{self.worker()}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    def ask(self, method, path, body=None, headers=None, chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {}, encode_chunked=chunked)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def send(self, *parts, half_close=False):
        """Send raw bytes, as far as the server takes them, and give the raw answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while received := connection.recv(65536):
                    answer += received
            return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory, make):
    folder = tmp_path_factory.mktemp("gunicorn")
    make.publish(folder / "models")
    server = Server(folder / "models", folder / "log")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if server.ask("GET", "/readyz")[0] == 200:
                break
        except OSError:
            time.sleep(0.1)
    yield server
    assert server.stop() == 0


@pytest.fixture(autouse=True)
def the_worker_serves_afterwards(server, make):
    worker = server.worker()
    yield
    status, _, body = server.ask("POST", "/predict", make.comma(make.days(60)), {"Content-Type": "text/csv"})
    assert status == 200
    assert json.loads(body)["model"]["version"] == make.first
    assert server.worker() == worker


def test_a_large_body_with_a_length_is_a_413(server):
    status, headers, body = server.ask("POST", "/predict", b"x" * (2 * MEGABYTE), {"Content-Type": "text/csv"})
    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert "at most 1 MB" in json.loads(body)["detail"]


@pytest.mark.parametrize(
    ("content_type", "start"),
    [
        (b"text/csv", b"Date,Open,High,Low,Close,Volume\n"),
        (b"multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'),
    ],
    ids=["body", "form"],
)
def test_a_large_body_without_a_length_is_a_413_in_flat_memory(server, content_type, start):
    before = server.worker_megabytes()
    block = b"2024-01-02,1,1,1,1,1\n" * 3000
    head = HEAD + b"Content-Type: " + content_type + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = server.send(head, chunk(start), *[chunk(block)] * (64 * MEGABYTE // len(block)))
    assert answer.startswith(b"HTTP/1.1 413"), answer
    assert b"application/problem+json" in answer
    assert server.worker_megabytes() - before < 20


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_a_chunked_body_within_the_limit_is_answered(server, make):
    data = make.comma(make.days(60))
    headers = {"Content-Type": "text/csv", "Transfer-Encoding": "chunked"}
    status, _, _ = server.ask("POST", "/predict", iter([data[:1000], data[1000:]]), headers, chunked=True)
    assert status == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Type: multipart/form-data\r\nContent-Length: 5\r\n", b"a,b\r\n"),
        (b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 5\r\n", b"a,b\r\n"),
        (b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9\r\n", b"--y\r\n\r\na\r"),
        (b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n", b"--x\r\n"),
        (b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n0\r\n\r\n"),
        (b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n", b"3\r\nabcdef\r\n0\r\n\r\n"),
    ],
    ids=["no boundary", "empty boundary", "another boundary", "unfinished part", "malformed chunk size", "chunk too long"],
)
def test_a_malformed_body_is_a_400(server, headers, body):
    answer = server.send(HEAD + headers + b"\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: text/csv\r\nContent-Length: 9000\r\n\r\n",
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000\r\n\r\n--x\r\n",
        b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n",
    ],
    ids=["body", "form", "chunks"],
)
def test_an_early_end_is_a_400_and_never_taken_for_a_whole_file(server, make, headers):
    answer = server.send(HEAD + headers + make.comma(make.days(60))[:2000], half_close=True)
    assert answer.startswith(b"HTTP/1.1 400"), answer


def test_clients_that_vanish_harm_nobody(server):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(HEAD + b"Content-Type: text/csv\r\nContent-Length: 900000\r\n\r\n" + b"a,b\n" * 100)


def test_two_thousand_parts_are_a_413(server):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 2000 + b"--x--\r\n"
    status, _, _ = server.ask("POST", "/predict", body, {"Content-Type": "multipart/form-data; boundary=x"})
    assert status == 413


@pytest.mark.parametrize("path", ["//model", "/model/", "/./model", "/..", "/%2e%2e/model", "/model%00", "http://evil.example/model"])
def test_nothing_is_redirected_and_every_error_is_a_problem(server, path):
    answer = server.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 200")), answer
    assert b"text/html" not in answer


def test_an_unknown_host_is_a_400(server):
    assert server.ask("GET", "/healthz", headers={"Host": "evil.example"})[0] == 400


def test_a_new_model_is_taken_up_without_a_restart_and_back(server, make):
    make.publish(Path(server.log).parent / "models", make.second)
    await_version(server, make.second)
    make.store(Path(server.log).parent / "models").make_current(make.first)
    await_version(server, make.first)


def await_version(server, version):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if json.loads(server.ask("GET", "/readyz")[2])["version"] == version:
            return
        time.sleep(0.1)
    pytest.fail(f"{version} was not taken up")


def test_every_log_line_is_json_and_tells_of_requests(server):
    server.ask("GET", "/model?secret=1", headers={"X-Request-ID": "find-this-line"})
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and "find-this-line" not in server.log.read_text():
        time.sleep(0.05)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "find-this-line"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/model", 200)
    assert not any("secret" in json.dumps(line) or "traceback" in line for line in lines)
