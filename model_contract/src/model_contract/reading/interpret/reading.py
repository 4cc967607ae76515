"""How a file was read: the plan that `interpret` makes and `price_history` applies."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from model_contract.reading.formats.column_names import CLOSE
from model_contract.reading.formats.date_format import DateFormat, DateOrder
from model_contract.reading.formats.number_format import COMMA_SIGN, POINT, NumberFormat
from model_contract.share_splits import SplitTreatment

VolumeUnit = Literal["shares", "lots-10", "lots-100", "lots-1000", "lots-10000", "lots-1000000"]
DecimalName = Literal["point", "comma"]
SIGNS: dict[DecimalName, str] = {"point": POINT, "comma": COMMA_SIGN}
DECIMALS = {sign: name for name, sign in SIGNS.items()}
SHARES: VolumeUnit = "shares"
SHARES_PER_UNIT: dict[VolumeUnit, int] = {
    "shares": 1,
    "lots-10": 10,
    "lots-100": 100,
    "lots-1000": 1000,
    "lots-10000": 10_000,
    "lots-1000000": 1_000_000,
}


@dataclass(frozen=True)
class Choices:
    """What the sender of a file has chosen; None leaves it to the evidence in the file."""

    dates: DateOrder | None = None
    decimal: DecimalName | None = None
    volume: str | None = None  # name of a column
    volume_unit: VolumeUnit | None = None
    encoding: str | None = None
    sheet: str | None = None  # of a workbook
    splits: SplitTreatment | None = None
    market: str | None = None  # ISO 10383 code
    as_of: datetime | None = None  # with a time zone; decides which sessions have ended


@dataclass(frozen=True)
class Reading:
    """How a file was read.

    columns    the position of each role's column in the table's header
    """

    columns: dict[str, int]
    names: dict[str, str]  # the columns' names as written, by role
    dates: DateFormat
    numbers: dict[str, NumberFormat]  # by role
    volume_unit: VolumeUnit = SHARES
    encoding: str = "utf-8"
    separator: str = ","
    header_line: int = 1
    sheet: str | None = None  # of a workbook
    # By query parameter, what else each could be: the values that the page offers.
    options: dict[str, list[str]] = field(default_factory=dict)


def reading_fields(reading: Reading) -> dict[str, Any]:
    """Describe a reading in values that JSON has."""
    return {
        "encoding": reading.encoding,
        "separator": reading.separator,
        "header_line": reading.header_line,
        "sheet": reading.sheet,
        "columns": reading.names,
        "dates": reading.dates.order,
        "decimal": DECIMALS[reading.numbers[CLOSE].decimal],
        "volume_unit": reading.volume_unit,
    }
