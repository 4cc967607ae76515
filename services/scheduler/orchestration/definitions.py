"""The Dagster definitions: one job with the parts of a round, its sensor, and failure notices."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from orchestration.due import now, run_key, training_key
from orchestration.notices import Notices
from orchestration.old_runs import key_to_repeat, last_run, remove_old_runs

TRAINER_PYTHON = "/opt/venv/bin/python"  # the environment with the model's libraries
LEDGER = Path(os.environ.get("LEDGER", "/ledger"))
HOME = Path(os.environ.get("DAGSTER_HOME", "/scheduler"))
SECONDS_BETWEEN_CHECKS = int(os.environ.get("LOOP_SECONDS", "30"))
# A lock that another round holds, or a disk that is full for a moment.
RETRIES = dg.RetryPolicy(
    max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL
)


def run_part(context: dg.OpExecutionContext, part: str) -> None:
    """Run a command of the loop, and log its lines as they come. Raises `dg.Failure`."""
    command = [TRAINER_PYTHON, "-m", "forecast_loop", part]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        lines = []
        for line in process.stderr or ():
            lines.append(line.rstrip())
            context.log.info(lines[-1])
    if process.returncode:
        raise dg.Failure("\n".join(lines[-5:]) or f"exit status {process.returncode}")


def part(command: str, description: str, *before: str) -> dg.OpDefinition:
    """Make an op that runs a command of the loop.

    before    a name for what it waits for
    """

    @dg.op(
        name=command.replace("-", "_"),
        description=description,
        retry_policy=RETRIES,
        ins={name: dg.In(dg.Nothing) for name in before},
        out=dg.Out(dg.Nothing),
    )
    def run(context: dg.OpExecutionContext) -> None:
        run_part(context, command)

    return run


take_in = part("take-in", "Store the prices that came in.")
score = part("score", "Compare earlier forecasts with the volumes that came.", "prices")
forecast = part("forecast", "Write the forecasts of the sessions that open next.", "scores")


@dg.op(ins={"forecasts": dg.In(dg.Nothing)}, description="Tell somebody about what is new.")
def notify(context: dg.OpExecutionContext) -> None:
    """Send notices about deliveries that were held back, late prices and missed sessions."""
    sent = Notices(HOME).send_new(LEDGER)
    for text in sent.texts:
        context.log.info("told: %s", text)
    for problem in sent.problems:  # the round itself went well
        context.log.warning("%s", problem)
    remove_old_runs(context.instance)


@dg.job(
    description="One round of the loop: prices, scores, forecasts.",
    executor_def=dg.in_process_executor,  # the parts are processes of their own already
    config={"loggers": {"console": {"config": {"log_level": "INFO"}}}},
    tags={"kind": "round"},
)
def market_sessions() -> None:
    """Run the parts of a round, one after another."""
    notify(forecast(score(take_in())))


@dg.op(
    description="Train a model on the stored prices, in a copy of the repository, and publish it."
)
def train(context: dg.OpExecutionContext) -> None:
    """Train on the stored prices."""
    run_part(context, "retrain")


@dg.job(
    description="A new model. The gate decides whether it is served or becomes the challenger.",
    executor_def=dg.in_process_executor,
    config={"loggers": {"console": {"config": {"log_level": "INFO"}}}},
    tags={"kind": "training"},
)
def retraining() -> None:
    """Train and publish."""
    train()


@dg.sensor(
    job=retraining,
    minimum_interval_seconds=SECONDS_BETWEEN_CHECKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a training when watchlist.yaml says so.",
)
def new_model_due(_: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for a training, at most once for each newest session with prices."""
    with Notices(HOME).of_errors("new_model_due"):
        key = training_key(LEDGER)
    yield dg.RunRequest(run_key=key) if key else dg.SkipReason("no training is due")


@dg.sensor(
    job=market_sessions,
    minimum_interval_seconds=SECONDS_BETWEEN_CHECKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a round when a session is due, or files came into the inbox.",
)
def work_to_do(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for a run if there is something to do, or if the last one failed."""
    with Notices(HOME).of_errors("work_to_do"):
        key, why_not = round_to_start(context.instance)
    yield dg.RunRequest(run_key=key) if key else dg.SkipReason(why_not)


def round_to_start(instance: dg.DagsterInstance) -> tuple[str | None, str]:
    """Return the key of the round to start; or None, and why none is started."""
    last = last_run(instance, market_sessions.name)
    if last and not last.dagster_run.is_finished:
        return None, "a round is running"
    key = (last and key_to_repeat(last)) or run_key(LEDGER, Path(), now(os.environ))
    return key, "nothing is due"


@dg.run_failure_sensor(
    minimum_interval_seconds=SECONDS_BETWEEN_CHECKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells somebody about failed runs.",
)
def tell_failure(context: dg.RunFailureSensorContext) -> None:
    """Send a notice about a run that failed."""
    notices = Notices(HOME)
    with notices.of_errors("tell_failure"):
        run, message = context.dagster_run.run_id, context.failure_event.message
        for event in context.get_step_failure_events():
            failure = event.step_failure_data.user_failure_data
            if failure and failure.description:  # of a `dg.Failure`: the last lines of the command
                message = f"{message}\n{failure.description}"
        sent = notices.send(f"failed {run}", f"The run {run[:8]} failed: {message}")
    for problem in sent.problems:
        context.log.warning("%s", problem)


defs = dg.Definitions(
    jobs=[market_sessions, retraining], sensors=[work_to_do, new_model_due, tell_failure]
)
