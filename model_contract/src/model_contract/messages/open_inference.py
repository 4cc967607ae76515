"""Why a request of the Open Inference Protocol cannot be served. Its clients are programs: these have no texts on the page."""

from model_contract.messages.message import Code  # noqa: F401
