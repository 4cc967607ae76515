"""The errors of this package.

TrainingError      the pipeline cannot continue; the message gives the problem, the place and the
                   remedy
|-- ParamsError    params.yaml has a value that cannot be used
`-- GateError      the model is not good enough to be published
"""


class TrainingError(Exception):
    """Base of all errors raised on purpose. It ends a stage without a stack trace."""


class ParamsError(TrainingError):
    """A value in params.yaml is missing, of the wrong type or out of range."""


class GateError(TrainingError):
    """The new model breaks a rule of the publish gate; the served model stays."""
