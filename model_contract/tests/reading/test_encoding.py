import pytest

from model_contract.errors import NotATableError
from model_contract.messages.reading import ENCODING_UNKNOWN, NUL_BYTE
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.decode.encoding import ENCODINGS, decoded

ROWS = "\n2024-01-08,10,11,9,10.5,1000\n2024-01-09,10.5,12,10,11,2000\n"
HEADERS = {
    "cp1252": "Data,Abertura,Máxima,Mínima,Fechamento,Quantidade",
    "gb18030": "日期,开盘,最高,最低,收盘,成交量",
    "shift_jis": "日付,始値,高値,安値,終値,出来高",
    "big5": "日期,開盤價,最高價,最低價,收盤價,成交量",
    "cp949": "일자,시가,고가,저가,종가,거래량",
    "euc_jp": "日付,始値,高値,安値,終値,出来高",
    "cp1251": "Дата,Откр,Макс,Мин,Закр,Объём",
    "cp1250": "Data,Otwarcie,Najwyższy,Najniższy,Zamknięcie,Wolumen",
    "cp1254": "Tarih,Açılış,Yüksek,Düşük,Kapanış,Hacim",
    "utf-8": "日期,开盘,最高,最低,收盘,成交量",
    "utf-16-le": "Date,Open,High,Low,Close,Volume",
    "utf-16-be": "Date,Open,High,Low,Close,Volume",
}


@pytest.mark.parametrize("encoding", HEADERS)
def test_the_encoding_in_which_the_header_has_known_names_is_found(encoding):
    data = (HEADERS[encoding] + ROWS).encode(encoding)
    assert decoded(data) == (HEADERS[encoding] + ROWS, encoding)


@pytest.mark.parametrize("encoding", HEADERS)
def test_a_history_in_any_encoding_has_the_same_values(encoding):
    history = read_history(read_table((HEADERS[encoding] + ROWS).encode(encoding)))
    assert history.prices.close.tolist() == [10.5, 11]
    assert history.prices.volume.tolist() == [1000, 2000]
    assert history.reading.encoding == encoding
    assert list(history.reading.names.values()) == HEADERS[encoding].split(",")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_names_the_encoding_and_is_removed(encoding):
    text, found = decoded(("\ufeffDate,a" + ROWS).encode(encoding))
    assert (text, found) == ("Date,a" + ROWS, encoding)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_names_are_found_between_any_separators_and_in_quotes(separator):
    header = separator.join(f'"{name}"' for name in HEADERS["shift_jis"].split(","))
    assert decoded((header + ROWS).encode("shift_jis"))[1] == "shift_jis"


@pytest.mark.parametrize("encoding", ["big5", "shift_jis", "gb18030"])
def test_the_names_are_found_below_a_title(encoding):
    text = "日\n" * 9 + HEADERS[encoding] + ROWS
    assert decoded(text.encode(encoding)) == (text, encoding)


def test_without_known_names_the_encoding_is_that_of_windows():
    assert decoded(b"caf\xe9,b\n1,2\n") == ("café,b\n1,2\n", "cp1252")


def test_bytes_that_windows_lacks_are_latin_1():
    assert decoded(b"a\x81\x8d\x81\x20,\xe9\n")[1] == "latin-1"


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "cp1252"])
def test_a_chosen_encoding_wins(encoding):
    data = "日期,b\n1,2\n".encode("gb18030" if encoding == "cp1252" else encoding)
    text, found = decoded(data, encoding)
    assert found == encoding
    assert text.startswith("日期") == (encoding != "cp1252")


def test_a_chosen_encoding_that_does_not_decode_is_refused_with_the_place():
    with pytest.raises(NotATableError) as caught:
        decoded(b"a,b\n\xff\xff,2\n", "shift_jis")
    message = ENCODING_UNKNOWN(encoding="shift_jis", byte="0xff", line=2)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_a_nul_byte_in_text_is_refused():
    with pytest.raises(NotATableError) as caught:
        decoded(b"a,b\n1,\x00\n")
    assert [problem.message for problem in caught.value.problems] == [NUL_BYTE(line=2)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_can_be_chosen(encoding):
    assert decoded("a,b\n1,2\n".encode(encoding), encoding) == ("a,b\n1,2\n", encoding)
