"""Mutations: each takes the bytes of a file and a random generator, and returns changed bytes."""

import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

Mutation = Callable[[bytes, random.Random], bytes]

CELLS = [
    b"", b" ", b"-", b"null", b"NaN", b"nan(1)", b"-nan", b"inf", b"-Infinity", b"NA", b"N/A", b"0",
    b"-0", b"+1", b"1.", b".5", b",5", b"5,", b"1e5", b"1E+5", b"1e", b"e5", b"1e400", b"-1e400",
    b"1e-400", b"1_000", b"0x10", b"1.234", b"1.234,5", b"1.234.567", b"01.234.567", b"1,5",
    b"1 000", b"12345678901234567890.123", b"0." + b"1" * 400, b"1" * 999, b"1" * 1000, b"1" * 1001,
    b"\xd9\xa1", b"\xc2\xa05", b"5\x1c", b"\x0b5", b"5\t", b"2004-02-29", b"2003-02-29",
    b"2004-01-02 00:00", b"2004-01-02T00:00:00.000Z", b"2004-01-02 09:30", b"0000-01-01",
    b"0001-01-01", b"9999-12-31", b"2999-01-01", b"03/04/2004", b"3/4/2004", b"31/02/2004",
    b"2004/01/02", b"20040102", b"20040231", b"02012004", b"2004010299", b"20040102 00:00",
    b"20040102T00", b"12/31/2004", b"2004-W01-1", b"=cmd()", b"<script>", b'"', b'""', b'" "',
    b'"1"', b'" 1 "', b'"1,5"', b'"a""b"', b'a"b', b'"a"b', b"T" * 40, b"T" * 41, b"\xff", b"\x00",
    b"\xc3\xa9" * 500, b"\xc3\xa9" * 501, b"\xe2\x80\x83", b"\xef\xbb\xbf1", b"x" * 140_000,
    b'"' + b"x" * 140_000 + b'"',
    b"$5", b"$ 118.5", b"R$ 5", b"-$5", b"5 \xe2\x82\xac", b"5M", b"1.5K", b"2.25 b", b"5MM",
    b"62,970",
    b'"62,970"', b'"1,234.5"', b'"12,34,567"', b"12 345", b"1'234.5", b"5%", b"- 5", b"1e5M",
    b"Apr 3, 2004", b"03-Apr-2004", b"3-Apr-04", b"3.4.2004", b"03-04-2004", b"4/13/04",
    b"2004/1/2", b"2004.01.02", b"1080000000", b"1080000000000", b"38000", b"3 avril 2004",
    b"2004\xe5\xb9\xb41\xe6\x9c\x882\xe6\x97\xa5", b"2004-01-02 16:00:00-05:00",
    b"2004-01-01T15:00:00Z", b"200401020930", b"20040102093000", b"200401029930", b"20040102 0930",
    b"2004- 01- 02", b"2004. 1. 2.", b"104/01/02", b"1040102", b"1080000000000000",
    b"1080000000000000000", b"20040102.0", b"20040102,00", b'="2004-01-02"',
    b"Fri 01/02/2004", b"2nd Jan 2004", b"2004-01-02 (Fri)", b"04/01/02",
    b".", b"---", b"<NA>", b"NaT", b"\\N", b"n/d", b"#VALUE!", b"'1", b"'A",
]  # fmt: skip
LINES = [
    b"", b" ", b"\t", b"\r", b",,,,,", b";;;;;;;", b" , , ", b"sep=;", b"sep=,", b"\xc2\xa0",
    b"\x1c", b"#", b'"', b'"",""', b"\xe2\x80\xa8",
]  # fmt: skip
STARTS = [
    b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"sep=;\n", b"sep=,\r\n", b"\n", b" \n", b"<",
    b"<a>,", b" <Date> ;", b"<a b>,", b"{", b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\r",
]  # fmt: skip
NAMES = [
    b"Date", b"date ", b"SYMBOL", b"Adj_Close", b"Close", b"", b"1", b"session_t-0", b"Session",
    b"Ticker", b"<b>", b"<VOL>", b"<Date>", b'"Open"', b"\xc3\x9cber", b"Price", b"Time",
    b"Turnover",
    b"Quantidade", b"Name", b"AAPL_Open", b"Last", b"Abertura", b"Trades", b"Index", b"Year",
    b"Month", b"Day", b"Calendar Effects", b"WEEK", b"usual_1",
]  # fmt: skip
HISTORY = (b"date", b"open", b"high", b"low", b"close", b"volume")
LANGUAGES = [
    ("Data", "Abertura", "M\u00e1xima", "M\u00ednima", "Fechamento", "Quantidade"),
    ("Fecha", "Apertura", "M\u00e1ximo", "M\u00ednimo", "Cierre", "Volumen"),
    ("\u65e5\u671f", "\u5f00\u76d8", "\u6700\u9ad8", "\u6700\u4f4e", "\u6536\u76d8", "volume"),
    (
        "\ub0a0\uc9dc",
        "\uc2dc\uac00",
        "\uace0\uac00",
        "\uc800\uac00",
        "\uc885\uac00",
        "\uac70\ub798\ub7c9",
    ),
    ("Data", "Otwarcie", "Najwyzszy", "Najnizszy", "Zamkniecie", "Wolumen"),
    ("Datum", "Opening", "Hoog", "Laag", "Slot", "Volume"),
    ("Datum", "\u00d6ppning", "H\u00f6gsta", "L\u00e4gsta", "Slutkurs", "Volym"),
    ("date", "1. open", "2. high", "3. low", "4. close", "5. volume"),
    ("DATE", "OPEN*", "HIGH_", "LOW.", "Close/Last", "Vol."),
]
DAY_FORMS = [
    "{d:02d}/{m:02d}/{y}",
    "{m}/{d}/{y}",
    "{d}.{m}.{y}",
    "{m:02d}-{d:02d}-{y}",
    "{y}/{m}/{d}",
    "{y}- {m:02d}- {d:02d}",
    "{y}. {m}. {d}.",
    "{y}{m:02d}{d:02d}0000",
    "{y}{m:02d}{d:02d}.0",
    '="{y}-{m:02d}-{d:02d}"',
    "{short:02d}/{m:02d}/{d:02d}",
    "{d:02d}.{m:02d}.{short:02d}",
    "{y}-{m:02d}-{d:02d}T15:00:00Z",
]
LINE_ENDS = [b"\n", b"\r\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n"]
ENCODINGS = ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "gb18030", "cp1252"]
ISO = re.compile(rb"(\d{4})-(\d\d)-(\d\d)")
TITLES = [b"Apple Inc.\n", b"Prices, daily\n\n", b"a;b;c\n", b"Open,High,Low\n", b"1,2,3\n"]
SEPARATORS = [b",", b";", b"\t", b"|", b", ", b" ;", b",,"]


def flip_a_byte(data: bytes, chance: random.Random) -> bytes:
    at = position(data, chance)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def insert_a_byte(data: bytes, chance: random.Random) -> bytes:
    at = position(data, chance)
    return (
        data[:at]
        + chance.choice(
            [b'"', b"\n", b"\r", b",", b";", b".", b" ", b"\t", b"\x00", b"-", b"+", b"e", b"0"]
        )
        + data[at:]
    )


def cut_out(data: bytes, chance: random.Random) -> bytes:
    at = position(data, chance)
    return data[:at] + data[at + chance.choice([1, 1, 2, 5, 50]) :]


def cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: position(data, chance)]


def repeat_a_piece(data: bytes, chance: random.Random) -> bytes:
    at = position(data, chance)
    piece = data[at : at + chance.choice([1, 3, 10, 100])]
    return data[:at] + piece * chance.choice([1, 2, 50]) + data[at:]


def swap_two_fields(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    line = chance.randrange(len(lines))
    fields = lines[line].split(separator(data))
    one, two = chance.randrange(len(fields)), chance.randrange(len(fields))
    fields[one], fields[two] = fields[two], fields[one]
    lines[line] = separator(data).join(fields)
    return b"\n".join(lines)


def swap_two_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


def repeat_a_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    line = chance.randrange(len(lines))
    return b"\n".join([*lines[:line], lines[line], *lines[line:]])


def insert_a_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(LINES))
    return b"\n".join(lines)


def replace_a_cell(data: bytes, chance: random.Random) -> bytes:
    return with_cell(data, chance, lambda _: chance.choice(CELLS))


def pad_a_cell(data: bytes, chance: random.Random) -> bytes:
    space = chance.choice(
        [b" ", b"\t", b"  ", b"\xc2\xa0", b"\x1f", b"\x0c", b"\r", b"\xe3\x80\x80"]
    )
    return with_cell(
        data, chance, lambda cell: chance.choice([space + cell, cell + space, space + cell + space])
    )


def quote_a_cell(data: bytes, chance: random.Random) -> bytes:
    return with_cell(data, chance, lambda cell: b'"' + cell + b'"')


def replace_a_column(data: bytes, chance: random.Random) -> bytes:
    lines, by = data.split(b"\n"), separator(data)
    column, cell = chance.randrange(lines[0].count(by) + 1), chance.choice(CELLS[:-2])
    for number, line in enumerate(lines[1:], start=1):
        fields = line.split(by)
        if column < len(fields):
            fields[column] = cell
            lines[number] = by.join(fields)
    return b"\n".join(lines)


def quote_everything(data: bytes, _: random.Random) -> bytes:
    by = separator(data)
    return b"\n".join(
        by.join(b'"' + field + b'"' for field in line.split(by)) if line else line
        for line in data.split(b"\n")
    )


def rename_a_column(data: bytes, chance: random.Random) -> bytes:
    header, end, rest = data.partition(b"\n")
    fields = header.split(separator(data))
    fields[chance.randrange(len(fields))] = chance.choice(NAMES)
    return separator(data).join(fields) + end + rest


def add_a_column(data: bytes, chance: random.Random) -> bytes:
    by, cells = separator(data), [chance.choice(CELLS[:-2]) for _ in range(3)]
    header, *lines = data.split(b"\n")
    return b"\n".join(
        [
            header + by + chance.choice(NAMES),
            *(line + by + chance.choice(cells) if line else line for line in lines),
        ]
    )


def change_the_separators(data: bytes, chance: random.Random) -> bytes:
    return data.replace(separator(data), chance.choice(SEPARATORS))


def change_the_line_ends(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", chance.choice(LINE_ENDS))


def change_one_line_end(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    line = chance.randrange(len(lines))
    return b"\n".join(lines[:line]) + chance.choice(LINE_ENDS) + b"\n".join(lines[line:])


def put_something_before(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(STARTS) + data


def put_something_after(data: bytes, chance: random.Random) -> bytes:
    return data + chance.choice(
        [b"\n", b"\n\n", b"\r\n\r\n", b"   ", b",,,\n", b";;;;;;\r\n", b"\x1a", b"\x00", b'"']
    )


def change_the_encoding(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(chance.choice(ENCODINGS), errors="replace")


def translate_the_names(data: bytes, chance: random.Random) -> bytes:
    header, end, rest = data.partition(b"\n")
    for name, other in zip(HISTORY, chance.choice(LANGUAGES), strict=True):
        header = re.sub(rb"(?i)(?<![A-Za-z ])" + name + rb"(?![A-Za-z ])", other.encode(), header)
    return header + end + rest


def rewrite_the_dates(data: bytes, chance: random.Random) -> bytes:
    form = chance.choice(DAY_FORMS)

    def written(match: re.Match[bytes]) -> bytes:
        year, month, day = map(int, match.groups())
        return form.format(y=year, m=month, d=day, short=year % 100).encode()

    return ISO.sub(written, data)


def write_the_dates_in_utc(data: bytes, chance: random.Random) -> bytes:
    """Write midnight of each date in a time zone that is ahead of UTC."""
    ahead = timedelta(hours=chance.choice([1, 5, 9, 14]))

    def written(match: re.Match[bytes]) -> bytes:
        with suppress(ValueError, OverflowError):
            return f"{datetime(*map(int, match.groups())) - ahead}+00:00".encode()
        return match[0]

    return ISO.sub(written, data)


def split_the_dates(data: bytes, _: random.Random) -> bytes:
    """Write the year, the month and the day in columns of their own."""
    header, end, rest = data.partition(b"\n")
    by = separator(data)
    header = re.sub(rb"(?i)(?<![a-z])date(?![a-z])", by.join([b"Year", b"Month", b"Day"]), header)
    return header + end + ISO.sub(rb"\1" + by + rb"\2" + by + rb"\3", rest)


def number_the_rows(data: bytes, chance: random.Random) -> bytes:
    """Put a number before each row, but no name before the header, as R does."""
    header, *lines = data.split(b"\n")
    by, first = separator(data), chance.choice([1, 7000, 20040102])
    return b"\n".join(
        [header, *(b"%d" % number + by + line if line else line
                   for number, line in enumerate(lines, first))]
    )  # fmt: skip


def mark_the_tickers(data: bytes, _: random.Random) -> bytes:
    """Put an apostrophe before the first field of each row."""
    header, *lines = data.split(b"\n")
    return b"\n".join([header, *(b"'" + line if line else line for line in lines)])


def put_a_sign_before_prices(data: bytes, chance: random.Random) -> bytes:
    sign = chance.choice([b"$", b"$ ", b"+", b"R$ "])
    return re.sub(rb"(?<=[,;])(?=\d+[.,]\d{1,2}[,;])", sign, data)


def group_the_volumes(data: bytes, chance: random.Random) -> bytes:
    """Write whole numbers of seven digits or more with separators, in quotes, or with a unit."""
    form = chance.choice(['"{:,}"', "{:,}", "{0:.2f}M"])

    def written(match: re.Match[bytes]) -> bytes:
        value = int(match[0])
        return form.format(value / 1e6 if "M" in form else value).encode()

    return re.sub(rb"(?<=[,;])(?!(?:19|20)\d{6}[,;])\d{7,20}(?=[,;\r\n])", written, data)


def put_a_title_above(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(TITLES) + data


def repeat_the_header(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    mark = chance.choice([b"", b"\xef\xbb\xbf"])  # as in a file that was joined to this one
    lines.insert(chance.randrange(len(lines) + 1), mark + lines[0])
    return b"\n".join(lines)


def with_cell(data: bytes, chance: random.Random, change: Callable[[bytes], bytes]) -> bytes:
    lines, by = data.split(b"\n"), separator(data)
    line = chance.randrange(len(lines))
    fields = lines[line].split(by)
    field = chance.randrange(len(fields))
    fields[field] = change(fields[field])
    lines[line] = by.join(fields)
    return b"\n".join(lines)


def separator(data: bytes) -> bytes:
    return b";" if b";" in data.partition(b"\n")[0] else b","


def position(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


MUTATIONS: list[Mutation] = [
    flip_a_byte, insert_a_byte, cut_out, cut_off, repeat_a_piece, swap_two_fields, swap_two_lines,
    repeat_a_line, insert_a_line, replace_a_cell, replace_a_cell, replace_a_cell, pad_a_cell,
    pad_a_cell, quote_a_cell, replace_a_column, quote_everything, rename_a_column, add_a_column,
    change_the_separators, change_the_line_ends, change_one_line_end, put_something_before,
    put_something_after, change_the_encoding, translate_the_names, rewrite_the_dates,
    put_a_sign_before_prices, group_the_volumes, put_a_title_above, repeat_the_header,
    write_the_dates_in_utc, split_the_dates, number_the_rows, mark_the_tickers,
]  # fmt: skip


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Apply one to four mutations; after more, hardly any file would be readable."""
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 4])):
        data = chance.choice(MUTATIONS)(data, chance)
    return data
