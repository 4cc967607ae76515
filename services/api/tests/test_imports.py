"""Only workers load the inference runtime, and no process loads TensorFlow."""

import subprocess
import sys
from pathlib import Path

CONFIGURATION = Path(__file__).resolve().parents[1] / "gunicorn.conf.py"


def modules_after(code, **environment):
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    environment |= {"PYTHONPATH": ":".join(sys.path), "MODEL_POLL_SECONDS": "0"}
    return set(
        subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout.split()
    )


def test_gunicorn_master_does_not_load_the_inference_runtime():
    """It doesn't load the metrics library either, which reads its directory's name on import."""
    modules = modules_after(f"import runpy; runpy.run_path({str(CONFIGURATION)!r})")
    assert "prediction_api.settings" in modules
    assert not modules & {"onnxruntime", "numpy", "prometheus_client"}


def test_the_api_loads_neither_tensorflow_nor_pandas():
    modules = modules_after("import prediction_api; prediction_api.create_app()")
    assert "onnxruntime" in modules
    assert not modules & {"tensorflow", "keras", "pandas"}


def test_the_inference_runtime_writes_no_device_id(tmp_path):
    modules = modules_after("from model_contract.model import onnx_network", HOME=str(tmp_path))
    assert "onnxruntime" in modules
    assert list(tmp_path.iterdir()) == []
