"""Checks on loading that the parts of a bundle fit each other and this code."""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.dispersion import REGRESSORS, Dispersion
from model_contract.model.features import FEATURE_NAMES, LOG_VOLUME
from model_contract.model.har import HAR_SESSIONS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.intervals import LEVELS
from model_contract.model.scaling import Scalers
from model_contract.store.bundle import Bundle, Manifest

# A logarithm: a factor of 22,000 up or down. Even at the largest scale, the bounds stay finite.
WIDEST_BOUND = 10.0
LARGEST_EFFECT = 1e4  # relative; as wide as the bound


def require_consistent(bundle: Bundle) -> FloatArray:
    """Raise `BundleError` if a part doesn't fit. Returns one-step HAR coefficients, (1 + 3,)."""
    manifest = bundle.manifest
    try:
        _require_sizes(manifest)
        _require_scalers(bundle.scalers)
        _require_intervals(manifest)
        dispersion_of(manifest)
        _require_facts(manifest)
        _require_markets(bundle)
        return _har(manifest)
    except BundleError as error:
        raise BundleError(f"{manifest.version}: {error}") from error


def _require_sizes(manifest: Manifest) -> None:
    if manifest.features != FEATURE_NAMES:
        raise BundleError(
            f"it takes the features {manifest.features}; this API computes {FEATURE_NAMES}"
        )
    sizes = {"window": (manifest.window, max(HAR_SESSIONS)), "horizon": (manifest.horizon, 1)}
    for name, (size, least) in sizes.items():
        # Refuse 44.0 and true, too, which would pass as numbers until the first request.
        if type(size) is not int or size < least:
            raise BundleError(
                f"its {name} is {size!r}; expected a whole number of at least {least} sessions"
            )


def _require_scalers(scalers: Scalers) -> None:
    for scaler, names in (
        (scalers.features, FEATURE_NAMES),
        (scalers.inputs, INPUT_NAMES),
        (scalers.target, (LOG_VOLUME,)),
    ):
        if scaler.names != names or not len(scaler.mean) == len(scaler.scale) == len(names):
            raise BundleError(f"expected a scaler for {names}, found one for {scaler.names}")
        if not np.all(np.isfinite([scaler.mean, scaler.scale])) or min(scaler.scale) <= 0:
            raise BundleError(
                f"a scaler for {scaler.names} has a mean or a scale that is not finite, "
                "or a scale that is not above 0"
            )


def _require_intervals(manifest: Manifest) -> None:
    for level in LEVELS:
        try:
            bounds = np.array(
                [manifest.intervals[level].lower, manifest.intervals[level].upper], dtype=np.float64
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"it has no {level} percent interval: {error!r}") from error
        if (
            bounds.shape != (2, manifest.horizon)
            or not np.all(np.abs(bounds) <= WIDEST_BOUND)
            or np.any(bounds[0] > bounds[1])
        ):
            raise BundleError(
                f"the {level} percent interval is {bounds.tolist()}; expected "
                f"{manifest.horizon} lower and {manifest.horizon} upper bounds, "
                f"each from -{WIDEST_BOUND:g} to {WIDEST_BOUND:g}"
            )


def dispersion_of(manifest: Manifest) -> Dispersion:
    """Return the model's dispersion. Raises `BundleError` if it is malformed."""
    try:
        coefficients = np.array(manifest.dispersion, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BundleError(f"its dispersion is malformed: {error}") from error
    expected = (manifest.horizon, len(REGRESSORS))
    if coefficients.shape != expected or not np.all(np.isfinite(coefficients)):
        raise BundleError(
            f"its dispersion has the shape {coefficients.shape} or a number that is not finite; "
            f"expected {expected}"
        )
    return Dispersion(coefficients)


def _har(manifest: Manifest) -> FloatArray:
    try:
        coefficients = np.array(manifest.baselines["har"], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"it has no HAR coefficients: {error!r}") from error
    expected = (1 + len(HAR_SESSIONS), manifest.horizon)
    if coefficients.shape != expected or not np.all(np.isfinite(coefficients)):
        raise BundleError(
            f"its HAR coefficients are {coefficients.tolist()}; "
            f"expected finite numbers of the shape {expected}"
        )
    first_step: FloatArray = coefficients[:, 0]
    return first_step


def _require_markets(bundle: Bundle) -> None:
    """Check that the own market is a trained one, and that each trained one has a calendar."""
    market, trained = bundle.manifest.market, bundle.manifest.trained_markets
    if market not in trained or not all(code in bundle.all_calendars for code in trained):
        raise BundleError(
            f"it was trained on the markets {', '.join(map(str, trained))}, but has the calendars "
            f"of {', '.join(bundle.all_calendars)}, and its own market is {market}"
        )


def _require_facts(manifest: Manifest) -> None:
    """Check the facts that responses include or that warnings need."""
    try:
        manifest.to_json()  # refuses NaN and infinity, which JSON doesn't have
        np.datetime64(manifest.data.get("test_from"), "D")  # None is allowed
        texts = [manifest.created_at, manifest.market, *manifest.markets]
        texts += manifest.data.get("tickers", ())
        effects = [dict(manifest.calendar_effects), dict(manifest.input_effects)]
    except (AttributeError, TypeError, ValueError) as error:
        raise BundleError(
            f"its data or calendar effects are malformed, or a number is not finite: {error}"
        ) from error
    if not all(isinstance(text, str) for text in texts):
        raise BundleError(f"its market, a ticker or its creation time is not a string: {texts}")
    for by_flag in effects:
        # The inputs need the logarithm of 1 + the effect.
        if set(by_flag) != set(CALENDAR_FLAGS) or not all(
            isinstance(effect, int | float) and -1 < effect <= LARGEST_EFFECT
            for effect in by_flag.values()
        ):
            raise BundleError(
                f"expected calendar effects above -1 and at most {LARGEST_EFFECT:g} "
                f"for each of {', '.join(CALENDAR_FLAGS)}; found {by_flag}"
            )
