from dataclasses import replace

import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS, effects_in_logs
from model_contract.model.dispersion import REGRESSORS
from model_contract.model.intervals import LEVELS
from model_contract.store.bundle import Bundle, load_bundle
from model_contract.store.bundle_checks import LARGEST_EFFECT, require_consistent

EFFECTS = dict.fromkeys(CALENDAR_FLAGS, 0.1)


@pytest.fixture
def bundle(directory) -> Bundle:
    """A bundle that passes the checks. Its golden windows are shorter than its window."""
    loaded = load_bundle(directory)
    intervals = dict.fromkeys(LEVELS, loaded.manifest.intervals["80"])
    manifest = replace(
        loaded.manifest,
        window=22,
        calendar_effects=EFFECTS,
        input_effects=EFFECTS,
        intervals=intervals,
    )
    return replace(loaded, manifest=manifest)


def with_inputs(bundle: Bundle, **changes) -> Bundle:
    scalers = bundle.scalers
    return replace(bundle, scalers=replace(scalers, inputs=replace(scalers.inputs, **changes)))


def with_effect(bundle: Bundle, effect: object) -> Bundle:
    effects = EFFECTS | {"half_day": effect}
    return replace(bundle, manifest=replace(bundle.manifest, calendar_effects=effects))


def test_a_consistent_bundle_passes(bundle):
    np.testing.assert_array_equal(require_consistent(bundle), np.zeros(4))


@pytest.mark.parametrize(
    "changed",
    [
        lambda names: names[1:],
        lambda names: (*names, "other"),
        lambda names: names[::-1],
        lambda names: ("other", *names[1:]),
    ],
    ids=["one fewer", "one more", "another order", "another name"],
)
def test_a_scaler_of_other_inputs_is_refused(bundle, changed):
    names = changed(bundle.scalers.inputs.names)
    other = with_inputs(bundle, names=names, mean=(0.0,) * len(names), scale=(1.0,) * len(names))
    with pytest.raises(BundleError, match=r"expected a scaler for \('day', .*, found one for"):
        require_consistent(other)


@pytest.mark.parametrize("part", ["mean", "scale"])
def test_a_scaler_that_lacks_the_numbers_of_an_input_is_refused(bundle, part):
    shorter = getattr(bundle.scalers.inputs, part)[1:]
    with pytest.raises(BundleError, match="expected a scaler for"):
        require_consistent(with_inputs(bundle, **{part: shorter}))


@pytest.mark.parametrize(
    ("part", "number"), [("scale", 0.0), ("scale", -1.0), ("scale", np.nan), ("mean", np.inf)]
)
def test_a_scaler_of_inputs_that_cannot_scale_is_refused(bundle, part, number):
    numbers = (*getattr(bundle.scalers.inputs, part)[:-1], number)
    with pytest.raises(BundleError, match="not finite, or a scale that is not above 0"):
        require_consistent(with_inputs(bundle, **{part: numbers}))


@pytest.mark.parametrize(
    "effect",
    [-1, -1.5, 2 * LARGEST_EFFECT, 10**400, "much", None],
    ids=["-1", "below -1", "too large", "huge", "text", "nothing"],
)
def test_a_calendar_effect_without_a_usable_logarithm_is_refused(bundle, effect):
    with pytest.raises(BundleError, match="expected calendar effects above -1"):
        require_consistent(with_effect(bundle, effect))


@pytest.mark.parametrize("effect", [-0.999, 0, 9.0, LARGEST_EFFECT])
def test_a_calendar_effect_with_a_usable_logarithm_passes(bundle, effect):
    changed = with_effect(bundle, effect)
    require_consistent(changed)
    assert np.isfinite(effects_in_logs(changed.manifest.calendar_effects)).all()


def test_effects_in_logs_follow_the_order_of_the_flags():
    relative = {flag: number / 10 for number, flag in enumerate(CALENDAR_FLAGS)}
    found = effects_in_logs(dict(reversed(relative.items())))
    np.testing.assert_allclose(np.exp(found), 1 + np.arange(len(CALENDAR_FLAGS)) / 10)


@pytest.mark.parametrize(
    "dispersion",
    [[[0.0]], [["much"]], [[np.nan] * len(REGRESSORS)] * 2, [[0.0] * len(REGRESSORS)], None],
    ids=["too few", "text", "not finite", "a step missing", "nothing"],
)
def test_a_dispersion_that_gives_no_sizes_is_refused(bundle, dispersion):
    other = replace(bundle, manifest=replace(bundle.manifest, dispersion=dispersion))
    with pytest.raises(BundleError, match="its dispersion"):
        require_consistent(other)
