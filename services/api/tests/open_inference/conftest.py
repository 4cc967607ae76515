"""Valid Open Inference Protocol requests."""

import pytest

from inference_requests import tensors
from model_contract.store.golden import Golden


@pytest.fixture
def golden(make):
    """Windows with their forecasts, as recorded in the bundle."""
    return Golden.from_json(make.bundle()[1]["golden.json"].decode())


@pytest.fixture
def query(golden):
    """A valid request."""
    return {"inputs": tensors(golden.windows)}
