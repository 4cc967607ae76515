"""Finds the encoding of a file that isn't UTF-8, by what its header then says.

Prices and volumes are ASCII in all of these encodings, so a wrong one can only garble names. The
encoding in which most column names are known wins; on a tie, the first one in `CANDIDATES`. We
don't use a statistical detector such as charset-normalizer: it needs more text than a header has.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress

from model_contract.errors import NotATableError
from model_contract.messages.reading import ENCODING_UNKNOWN, NOT_UTF8, NUL_BYTE
from model_contract.reading.formats.column_names import roles_of

UTF_8 = "utf-8"
# Those after latin-1, which decodes any bytes, are only used if they make more names known.
CANDIDATES = (
    "cp1252", "gb18030", "shift_jis", "big5", "latin-1", "cp949", "euc_jp", "cp1251", "cp1250",
    "cp1254",
)  # fmt: skip
ENCODINGS = (UTF_8, "utf-16", "utf-16-le", "utf-16-be", *CANDIDATES)
SAMPLE = 2**12  # bytes
LOOKED_AT = 30  # lines
SEPARATORS = str.maketrans(dict.fromkeys(";\t|", ","))


def decoded(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Decode a file; return its text without a byte-order mark, and the encoding.

    encoding    one of `ENCODINGS`; None to find it

    Raises `NotATableError`.
    """
    chosen = encoding or _encoding_of(data)
    try:
        text = data.decode("utf-8-sig" if chosen == UTF_8 else chosen).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"0x{data[error.start]:02x}"
        if chosen == UTF_8:
            raise NotATableError(NOT_UTF8(byte=found, line=line)) from None
        raise NotATableError(ENCODING_UNKNOWN(encoding=chosen, byte=found, line=line)) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise NotATableError(NUL_BYTE(line=line))
    return text, chosen


def _encoding_of(data: bytes) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16-le" if data.startswith(BOM_UTF16_LE) else "utf-16-be"
    sample = data[:SAMPLE]
    if not data.startswith(BOM_UTF8) and len(sample) >= 4:
        # ASCII text in UTF-16 has a NUL in every second byte.
        if not any(sample[0:SAMPLE:2]):
            return "utf-16-be"
        if not any(sample[1:SAMPLE:2]):
            return "utf-16-le"
    with suppress(UnicodeDecodeError):
        data.decode()
        return UTF_8
    known = {name: _known_names(sample, name) for name in CANDIDATES}
    by_names = sorted(CANDIDATES, key=lambda name: -known[name])
    return next(name for name in by_names if _decodes(data, name))  # latin-1 decodes any bytes


def _decodes(data: bytes, encoding: str) -> bool:
    with suppress(UnicodeDecodeError):
        data.decode(encoding)
        return True
    return False


def _known_names(sample: bytes, encoding: str) -> int:
    lines = sample.decode(encoding, errors="replace").splitlines()[:LOOKED_AT]
    return max(
        (sum(bool(roles_of(name.strip(' "'))) for name in line.translate(SEPARATORS).split(","))
         for line in lines),
        default=0,
    )  # fmt: skip
