"""Dagster's records of earlier runs."""

from datetime import UTC, datetime, timedelta

import dagster as dg

KEPT = timedelta(days=90)
REMOVED_AT_ONCE = 100
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


def end_interrupted_runs() -> None:
    """Mark the runs that a killed container left behind as failed; they would block the queue."""
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
            instance.report_run_failed(run, "the scheduler was stopped during this run")


if __name__ == "__main__":
    end_interrupted_runs()
