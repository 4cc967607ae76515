"""CSVs for schemathesis: the sample with common errors."""

from pathlib import Path

import schemathesis
from hypothesis import strategies as st

SAMPLE = (Path(__file__).parents[3] / "prediction_api" / "sample.csv").read_text().splitlines()
CELLS = (
    "",
    "0",
    "-1",
    "NaN",
    "inf",
    "1e400",
    "1.234,56",
    "1,234.56",
    "03/04/2013",
    "2013-02-30",
    "9999-12-31",
    '"',
    "=cmd()",
    "\x00",
    "é",
)


@st.composite
def csv_bodies(draw):
    """Some rows of the sample, with cells replaced and rows or columns dropped or repeated."""
    header, *rows = [line.split(",") for line in SAMPLE[: draw(st.integers(1, 90))]]
    for _ in range(draw(st.integers(0, 3)) if rows else 0):
        row = draw(st.integers(0, len(rows) - 1))
        column = draw(st.integers(0, len(header) - 1))
        match draw(st.sampled_from(("cell", "lost", "repeated", "short", "ticker"))):
            case "cell":
                rows[row] = [
                    *rows[row][:column],
                    draw(st.one_of(st.sampled_from(CELLS), st.text(max_size=9))),
                    *rows[row][column + 1 :],
                ]
            case "lost":
                header, rows = (
                    header[:column] + header[column + 1 :],
                    [line[:column] + line[column + 1 :] for line in rows],
                )
                if not header:
                    return "\n"
            case "repeated":
                rows.insert(row, rows[row])
            case "short":
                rows[row] = rows[row][:column]
            case "ticker":
                ticker = draw(st.text(max_size=5))
                rows = [[ticker, *line[1:]] for line in rows]
    return "\n".join(",".join(line) for line in [header, *rows])


@schemathesis.hook
def before_load_schema(_, raw_schema):
    """Make schemathesis generate these CSVs for text/csv bodies."""
    raw_schema["paths"]["/predict"]["post"]["requestBody"]["content"]["text/csv"]["schema"][
        "format"
    ] = "prices"


schemathesis.openapi.format("prices", csv_bodies())
