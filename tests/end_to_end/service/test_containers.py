"""The containers' privileges, limits and content."""

import json

import pytest

SERVICES = ("trainer", "api", "frontend")


@pytest.mark.parametrize("service", SERVICES)
def test_the_root_filesystem_is_read_only_and_rights_are_dropped(stack, service):
    host = stack.inspect(service)["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]


@pytest.mark.parametrize("service", SERVICES)
def test_memory_processes_and_logs_are_bounded(stack, service):
    host = stack.inspect(service)["HostConfig"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["LogConfig"]["Config"]["max-size"]


def test_the_trainer_may_become_the_tree_s_owner_and_stop_its_processes(stack):
    assert sorted(
        capability.removeprefix("CAP_")
        for capability in stack.inspect("trainer")["HostConfig"]["CapAdd"]
    ) == [
        "CHOWN",
        "KILL",
        "SETGID",
        "SETUID",
    ]


@pytest.mark.parametrize("service", ["api", "frontend"])
def test_a_service_on_the_network_does_not_run_as_root(stack, service):
    assert stack.compose("exec", "-T", service, "id", "-u").strip() != "0"


@pytest.mark.parametrize("service", ["api", "frontend"])
def test_a_service_on_the_network_reports_its_health(stack, service):
    stack.await_status("/healthz", 200)
    for _ in range(120):
        if stack.inspect(service)["State"]["Health"]["Status"] == "healthy":
            return
        stack.compose("exec", "-T", service, "sleep", "0.5")
    raise AssertionError(json.dumps(stack.inspect(service)["State"]["Health"]))


def test_only_the_frontend_publishes_a_port_and_only_on_this_machine(stack):
    published = {
        service: stack.inspect(service)["HostConfig"]["PortBindings"] for service in SERVICES
    }
    assert published["trainer"] == published["api"] == {}
    assert [
        binding["HostIp"] for bindings in published["frontend"].values() for binding in bindings
    ] == ["127.0.0.1"]


def test_the_api_cannot_write_to_the_model_store(stack):
    done = stack.run("docker", "compose", "exec", "-T", "api", "touch", "/models/x", check=False)
    assert "Read-only file system" in done.stderr


def test_the_api_has_no_tensorflow(stack):
    done = stack.run(
        "docker", "compose", "exec", "-T", "api", "python3", "-c", "import tensorflow", check=False
    )
    assert "No module named 'tensorflow'" in done.stderr


def test_the_api_s_image_is_under_a_quarter_of_the_trainer_s(stack):
    sizes = {
        service: json.loads(
            stack.run("docker", "image", "inspect", stack.inspect(service)["Image"]).stdout
        )[0]["Size"]
        for service in SERVICES
    }
    assert sizes["api"] < sizes["trainer"] / 4


def test_the_page_s_image_has_no_tests_and_no_node_modules(stack):
    files = stack.compose(
        "exec", "-T", "frontend", "find", "/usr/share/nginx/html", "-type", "f"
    ).split()
    assert any(file.endswith("index.html") for file in files)
    assert not [file for file in files if "test" in file or "node_modules" in file]
