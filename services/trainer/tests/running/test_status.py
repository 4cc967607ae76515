from model_contract.store.trainer_status import TrainerStatus
from training.running.status import report, report_end
from training.store.open import model_store

ERROR = "dvc repro ended with exit status 255"


def last() -> TrainerStatus:
    status = model_store().status()
    assert status is not None
    return status


def test_a_failed_run_is_reported_for_its_last_stage(workspace):
    report("running", "train")
    report_end(ERROR)
    assert (last().state, last().stage, last().error) == ("failed", "train", ERROR)


def test_a_stage_s_own_error_is_kept(workspace):
    report("failed", "load_data", "line 3: expected a price > 0, found 0")
    report_end(ERROR)
    assert last().error == "line 3: expected a price > 0, found 0"


def test_a_run_that_fails_before_its_first_stage_is_reported(workspace):
    report_end(ERROR)
    assert (last().state, last().stage, last().error) == ("failed", "load_data", ERROR)


def test_a_run_of_some_stages_ends_as_done(workspace):
    report("running", "train")
    report_end()
    assert (last().state, last().stage, last().error) == ("done", "train", None)
