"""The errors of this package.

TrainingError      the pipeline cannot continue; the message states the problem, where it is and
                   how to fix it
|-- ParamsError    params.yaml has an invalid value
`-- GateError      the model is not good enough to be published
"""


class TrainingError(Exception):
    """Base class of all expected errors. It ends a stage without a stack trace."""


class ParamsError(TrainingError):
    """A value in params.yaml is missing, of the wrong type or out of range."""


class GateError(TrainingError):
    """The new model breaks a rule of the publish gate; the served model isn't replaced."""
