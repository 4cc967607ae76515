"""The trainer's status: status.json in the model store."""

import json
from dataclasses import asdict, dataclass

from model_contract.store.bundle import refuse_constant

KILLED = "the last training was killed; 'make train' continues where it left off"
RUNNING, DONE, FAILED = "running", "done", "failed"


@dataclass(frozen=True)
class TrainerStatus:
    """The trainer's progress or result."""

    state: str  # running, done, failed
    stage: str
    updated_at: str  # UTC, ISO 8601
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None
    validation_loss: float | None = None
    eta_seconds: float | None = None
    error: str | None = None

    def to_json(self) -> str:
        """Return the status as one line of JSON."""
        return json.dumps(asdict(self), allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "TrainerStatus":
        """Read what `to_json` wrote. Raises `ValueError` or `TypeError` for anything else."""
        return cls(**json.loads(text, parse_constant=refuse_constant))
