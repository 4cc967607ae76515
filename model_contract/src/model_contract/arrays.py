"""The types of the arrays that modules exchange."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
DateArray = npt.NDArray[np.datetime64]  # of days
