"""The errors of this package.

TrainingError      the pipeline cannot go on; the message says what, where, and what to do
|-- ParamsError    params.yaml has a value that cannot be used
`-- GateError      the model is not good enough to be published
"""


class TrainingError(Exception):
    """Base of every error that a stage raises on purpose. It ends the stage without a stack trace."""


class ParamsError(TrainingError):
    """A value in params.yaml is missing, of the wrong type or out of range."""


class GateError(TrainingError):
    """The new model does not reach what `publish` demands; the old one stays."""
