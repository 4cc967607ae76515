"""Dagster's records of earlier runs."""

from datetime import UTC, datetime, timedelta

import dagster as dg

KEPT = timedelta(days=90)
REMOVED_AT_ONCE = 100
REPEATED_AFTER = timedelta(minutes=30)  # so that a round that fails at the deadline gets another
INTERRUPTED = "interrupted"  # tag of a run that a killed container left behind
UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def remove_old_runs(instance: dg.DagsterInstance) -> None:
    """Remove the records of runs that are older than `KEPT`."""
    oldest = datetime.now(UTC) - KEPT
    old = dg.RunsFilter(created_before=oldest)
    for run in instance.get_runs(old, limit=REMOVED_AT_ONCE):
        instance.delete_run(run.run_id)


def last_run(instance: dg.DagsterInstance, job: str) -> dg.RunRecord | None:
    """Return the newest run of a job, or None if there is none."""
    return next(iter(instance.get_run_records(dg.RunsFilter(job_name=job), limit=1)), None)


def key_to_repeat(run: dg.RunRecord) -> str | None:
    """Return a name for the repetition of a run that failed; None if it isn't to be repeated."""
    if run.dagster_run.status != dg.DagsterRunStatus.FAILURE:
        return None
    ended = datetime.fromtimestamp(run.end_time or 0, UTC)
    if INTERRUPTED in run.dagster_run.tags or datetime.now(UTC) - ended >= REPEATED_AFTER:
        return f"repeats {run.dagster_run.run_id}"
    return None


def end_interrupted_runs() -> None:
    """Mark the runs that a killed container left behind as failed; they would block the queue."""
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
            instance.add_run_tags(run.run_id, {INTERRUPTED: "yes"})
            instance.report_run_failed(run, "the scheduler was stopped during this run")


if __name__ == "__main__":
    end_interrupted_runs()
