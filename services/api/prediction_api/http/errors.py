"""The errors of this API. `problems` renders them.

Exception
|-- model_contract.TableError     422  a file that cannot be used; lists its problems
|-- werkzeug HTTPException             404, 405 with Allow, 413, ...
|   `-- RequestError                   carries a message with the reason
|       |-- BadRequest            400
|       |-- NotFound              404
|       |-- NotAcceptable         406
|       |-- TooLarge              413
|       |-- UnsupportedType       415
|       |-- NoModel               503  with Retry-After
|       |-- LedgerUnreadable      503  with Retry-After
|       |-- Overloaded            503  with Retry-After
|       `-- DeadlineExceeded      504
`-- anything else                 500  logged with its traceback, which the response omits
"""

# ruff: noqa: N818 - named like the HTTP statuses, as in werkzeug

from werkzeug.exceptions import HTTPException

from model_contract.messages import requests
from model_contract.messages.message import Message


class RequestError(HTTPException):
    """A rejected request; `message` gives the reason."""

    retry_after: int | None = None  # seconds

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


class BadRequest(RequestError):
    """A parameter, a header or a body that the API doesn't understand."""

    code = 400


class NotFound(RequestError):
    """A model version that is not served."""

    code = 404


class NotAcceptable(RequestError):
    """An Accept header that allows none of the response's content types."""

    code = 406


class TooLarge(RequestError):
    """A request with too much JSON or too many windows."""

    code = 413


class UnsupportedType(RequestError):
    """A body that has an unsupported type, or is compressed and could inflate to a huge file."""

    code = 415


class NoModel(RequestError):
    """No model is available: none has been published, or all were refused."""

    code = 503
    retry_after = 10  # training takes minutes, but a published model is loaded within seconds

    def __init__(self, refused: bool = False) -> None:
        super().__init__(requests.MODEL_REFUSED() if refused else requests.NO_MODEL())


class LedgerUnreadable(RequestError):
    """The ledger is locked or damaged."""

    code = 503
    retry_after = 5  # a killed writer leaves a journal, which the next one removes when it starts

    def __init__(self) -> None:
        super().__init__(requests.LEDGER_UNREADABLE())


class Overloaded(RequestError):
    """The worker's queue is full."""

    code = 503
    retry_after = 2  # a file takes a fraction of a second, so the queue has moved on by then

    def __init__(self) -> None:
        super().__init__(requests.OVERLOADED())


class DeadlineExceeded(RequestError):
    """A request took longer than allowed."""

    code = 504

    def __init__(self, seconds: float) -> None:
        super().__init__(requests.DEADLINE_EXCEEDED(seconds=seconds))
