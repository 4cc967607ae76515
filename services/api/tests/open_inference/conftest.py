"""Valid Open Inference Protocol requests."""

import pytest

from model_contract.store.golden import Golden


@pytest.fixture
def golden(make):
    """Windows with their forecasts, as recorded in the bundle."""
    return Golden.from_json(make.bundle()[1]["golden.json"].decode())


@pytest.fixture
def query(golden):
    """A valid request."""
    return {
        "inputs": [
            {"name": name, "shape": list(values.shape), "datatype": "FP64", "data": values.tolist()}
            for name, values in (
                ("window", golden.windows.features),
                ("calendar", golden.windows.calendar),
            )
        ]
    }
