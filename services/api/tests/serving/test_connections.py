"""Slow and idle connections do not block other clients."""

import http.client
import socket
from contextlib import ExitStack, closing

THREADS = 22  # of a worker with the default settings
CSV = {"Content-Type": "text/csv"}
HALF_A_HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Le"


def connect(server):
    return closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30))


def connect_raw(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def post(connection, data):
    connection.request("POST", "/predict", data, CSV)
    response = connection.getresponse()
    return response.status, response.read()


def test_more_open_connections_than_threads_are_all_served(server, make):
    data = make.comma(make.days(60))
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(server)) for _ in range(THREADS + 10)]
        responses = [post(connection, data) for _ in range(3) for connection in connections]
    assert len(set(responses)) == 1
    assert responses[0][0] == 200


def test_clients_that_pause_mid_request_do_not_block_others(server, make):
    data = make.comma(make.days(60))
    with ExitStack() as stack:
        slow = [stack.enter_context(connect_raw(server)) for _ in range(10)]
        for connection in slow:
            connection.sendall(HALF_A_HEAD)
        other = stack.enter_context(connect(server))
        assert [post(other, data)[0] for _ in range(20)] == [200] * 20
        for connection in slow:
            connection.sendall(b"ngth: %d\r\n\r\n" % len(data) + data)
            assert connection.recv(12) == b"HTTP/1.1 200"
