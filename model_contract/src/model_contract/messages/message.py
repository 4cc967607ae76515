"""A message: a code for programs to compare, its parameters, and an English text.

Functions yield or raise messages; only the edge (a log line, a response) renders them as text. The
page has its own text in each language for the same codes and parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
Parameter = str | int | float | bool | None | list[str] | list[int]

MAX_SHOWN_CHARACTERS = 40
THE_FILE = "the file"


@dataclass(frozen=True)
class Code:
    """A kind of message, declared once. Call it to make one: `PRICE_EXPECTED(found=-1.0)`.

    name      what programs compare; never changes
    text      English template: a sentence; for errors in a file, a phrase that follows the place
    remedy    English template: a sentence that says what to do; empty if there is nothing to do
    extra     parameters that the English text does not show
    """

    name: str
    text: str
    remedy: str = ""
    severity: Severity = "error"
    extra: tuple[str, ...] = ()

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters."""
        fields = [*Formatter().parse(self.text), *Formatter().parse(self.remedy)]
        return frozenset([*(name for _, name, _, _ in fields if name), *self.extra])

    def __call__(self, **params: Parameter) -> "Message":
        """Make a message. Raises `TypeError` unless exactly the declared parameters are given."""
        if params.keys() != self.parameters:
            raise TypeError(f"{self.name} takes {sorted(self.parameters)}, not {sorted(params)}")
        return Message(self, {name: _safe_parameter(value) for name, value in params.items()})


@dataclass(frozen=True)
class Message:
    """A code and its parameters. String parameters are sanitized by `safe`."""

    code: Code
    params: Mapping[str, Parameter]

    @property
    def text(self) -> str:
        """The message in English."""
        return ENGLISH.vformat(self.code.text, (), self.params)

    @property
    def remedy(self) -> str | None:
        """What to do about it, in English; None if there is nothing to do."""
        return ENGLISH.vformat(self.code.remedy, (), self.params) or None

    def __str__(self) -> str:
        return self.text


class English(Formatter):
    """Fills in templates. Numbers get thousands separators. Format specs override the default.

    {name:quoted}       'AAPL'; each item of a list, separated by commas
    {found:found}       'abc', or "an empty cell"
    {ticker:subject}    'AAPL', or "the file" if it is None
    {ticker:of}         " of 'AAPL'", or nothing if it is None
    {line:digits}       1205, without a thousands separator; each item of a list, with commas
    {count:row|rows}    the first word for 1, the second for any other number
    {flag:?words}       the words if the flag is true, otherwise nothing
    """

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format one parameter."""
        if "|" in format_spec:
            one, other = format_spec.split("|")
            return one if value == 1 else other
        if format_spec.startswith("?"):
            return format_spec[1:] if value else ""
        match format_spec:
            case "quoted":
                return ", ".join(
                    f"'{item}'" for item in (value if isinstance(value, list) else [value])
                )
            case "found":
                return f"'{value}'" if value else "an empty cell"
            case "subject":
                return THE_FILE if value is None else f"'{value}'"
            case "digits":
                return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            case "of":
                return "" if value is None else f" of '{value}'"
        return _plain(value)


ENGLISH = English()


def safe(value: str) -> str:
    """Sanitize a string: short, on one line, without control characters or markup."""
    text = "".join(
        c if c.isprintable() and c not in "<>&" else "?" for c in value[: MAX_SHOWN_CHARACTERS + 1]
    )
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"


def _safe_parameter(value: Parameter) -> Parameter:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, list):
        return [safe(item) if isinstance(item, str) else item for item in value]  # type: ignore[return-value]
    return value


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
