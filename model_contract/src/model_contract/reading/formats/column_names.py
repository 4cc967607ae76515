"""What the columns of a price history are called, in many languages and exporters.

`role_of` maps a written name to its role, ignoring case, punctuation, numbering ("1. open"), angle
brackets and notes in parentheses. A name such as "Volume" or "Last" isn't proof: `columns_of`
prefers the names listed first, and `volume_unit` looks at the values.
"""

import re
import unicodedata
from functools import lru_cache

DATE, TICKER = "Date", "Ticker"
OPEN, HIGH, LOW, CLOSE = "Open", "High", "Low", "Close"
ADJUSTED_CLOSE = "Adj Close"  # for splits and dividends
VOLUME = "Volume"
ADJUSTED_VOLUME = "Adj Volume"  # for splits
ADJUSTED = {  # for splits, and maybe dividends
    OPEN: "Adj Open",
    HIGH: "Adj High",
    LOW: "Adj Low",
    CLOSE: ADJUSTED_CLOSE,
    VOLUME: ADJUSTED_VOLUME,
}
MONEY = "Money"  # volume x price
TRADES = "Trades"  # number of trades or ticks
TIME = "Time"  # of day
SPLIT_FACTOR = "Split Factor"  # new shares for each old one; 0 or 1 on other days
PRICES = (OPEN, HIGH, LOW, CLOSE)
REQUIRED = (DATE, *PRICES, VOLUME)

# By role, the preferred names first, in English, Portuguese, Spanish, German, French, Italian,
# Dutch, Swedish, Polish, Turkish, Russian, Vietnamese, Indonesian, Chinese (simplified and
# traditional), Japanese and Korean, and the exporters' own.
NAMES = {
    DATE: (
        "date, datum, data, fecha, дата, 日期, 日付, 交易日期, 交易日, 年月日, 日時, trade date, "
        "trading date, trading day, business date, price date, data pregão, data do pregão, "
        "datetime, date time, date/time, timestamp, year month day, session, day, dia, jour, tag, "
        "datpre, dtyyyymmdd, biz date, exchange date, tradedate, open time, trade day, dt, "
        "data sessione, tarih, 날짜, 일자, 거래일, 거래일자, 日付け, trad dt, bas dd, trd dd, "
        "begin, eob, index, ngày, tanggal, dates, date1, time key, ts event, window start, time, "
        "时间, 時間, stime, t"
    ),
    OPEN: (
        "open, abertura, apertura, eröffnung, ouverture, открытие, 开盘, 開盤, 始値, open price, "
        "opening price, opening, preço de abertura, preço abertura, precio de apertura, "
        "eröffnungskurs, erster, anfang, premier, цена открытия, откр, 开盘价, 開盤價, 寄付, "
        "preabe, first, px open, o, otwarcie, kurs otwarcia, açılış, acilis, 시가, ouv, eröffn, "
        "opn pric, openprc, tdd opnprc, topen, 今开, mở, mở cửa, pembukaan, "
        "abrir, aperto, offen, openingskoers, öppning, öppningskurs, öppen"
    ),
    HIGH: (
        "high, máxima, maxima, máximo, maximo, hoch, haut, максимум, 最高, 高値, high price, "
        "highest, preço máximo, preço max, precio máximo, alta, alto, höchst, höchstkurs, "
        "tageshoch, plus haut, + haut, макс, 最高价, 最高價, premax, max, day high, px high, h, "
        "massimo, najwyższy, najwyzszy, kurs max, yüksek, en yüksek, yuksek, 고가, 最高値, 高, "
        "hgh pric, askhi, tdd hgprc, cao, cao nhất, tertinggi, máx, élevé, hoog, hoogste, högst, "
        "högsta"
    ),
    LOW: (
        "low, mínima, minima, mínimo, minimo, tief, bas, минимум, 最低, 安値, low price, lowest, "
        "preço mínimo, preço min, precio mínimo, baixa, bajo, tiefst, tiefstkurs, tagestief, "
        "plus bas, + bas, мин, 最低价, 最低價, premin, min, day low, px low, l, najniższy, "
        "najnizszy, kurs min, düşük, en düşük, dusuk, 저가, 最低値, 低, lw pric, bidlo, "
        "tdd lwprc, thấp, thấp nhất, terendah, baixo, basso, mín, faible, laag, laagste, lägst, "
        "lägsta"
    ),
    CLOSE: (
        "close, fechamento, cierre, schluss, clôture, cloture, закрытие, 收盘, 收盤, 終値, "
        "close price, closing price, closing, close/last, preço de fechamento, preço fechamento, "
        "precio de cierre, schlusskurs, schlusspreis, fermeture, цена закрытия, закр, 收盘价, "
        "收盤價, preult, último, ultimo, last, last price, último preço, letzter, dernier, цена, "
        "price, kurs, cours, preço, precio, latest, px last, c, chiusura, zamknięcie, zamkniecie, "
        "kurs zamknięcia, kapanış, kapanis, şimdi, simdi, 종가, clot, clôt, zuletzt, cls pric, "
        "prc, tdd clsprc, tclose, last sale, legalcloseprice, lần cuối, đóng cửa, terakhir, "
        "penutupan, slot, slotkoers, sluiting, laatste, stängning, stängningskurs, slutkurs, "
        "senaste"
    ),
    ADJUSTED_CLOSE: (
        "adj close, adjclose, adjusted close, close adj, close adjusted, adjusted closing price, "
        "fechamento ajustado, cierre ajustado, bereinigter schlusskurs, 调整后收盘价, 調整後終値, "
        "調整後終値*, adjusted price, adj price, adjusted, adjustment close, 수정종가, "
        "adj schluss, cours de clôture ajusté, chiusura aggiustata"
    ),
    VOLUME: (
        "volume, quantidade, quantidade negociada, qtd, qtde, qtd negociada, quatot, "
        "total traded quantity, tottrdqty, traded quantity, quantity, shares, shares traded, "
        "no of shares, number of shares, volumen, volumes, объем, объём, 成交量, 出来高, 取引高, "
        "売買高, vol, total volume, trade volume, traded volume, volume traded, trading volume, "
        "share volume, volume negociado, stück, stücke, stuecke, titres, títulos, titulos, "
        "q títs, px volume, deal volume, v, wolumen, hac, hacim, 거래량, 交易量, 成交股數, "
        "成交股数, ttl tradg vol, acc trdvol, voturnover, kl, khối lượng, 成交仟股, 成交千股, "
        "成交張數, volym, ttl trd qnty"
    ),
    ADJUSTED[OPEN]: "adj open, adjopen, adjusted open, open adj, adjustment open",
    ADJUSTED[HIGH]: "adj high, adjhigh, adjusted high, high adj, adjustment high",
    ADJUSTED[LOW]: "adj low, adjlow, adjusted low, low adj, adjustment low",
    ADJUSTED_VOLUME: "adj volume, adjvolume, adjusted volume, volume adj, adjustment volume",
    MONEY: (
        "turnover, amount, volume financeiro, volume financ, financeiro, voltot, tottrdval, "
        "traded value, trade value, total traded value, value, turnover value, оборот, 成交额, "
        "成交額, 成交金额, 成交金額, 売買代金, umsatz, dollar volume, quote volume, "
        "quote asset volume, notional, money, volume rs, valor, capitaux, efectivo, "
        "total turnover, 거래대금, controvalore, obrót, obrot, ttl trf val, acc trdval, "
        "vaturnover, trading value, turnover lacs, turnover lakhs, 成交仟元, 成交千元, omzet, "
        "omsättning"
    ),
    TRADES: (
        "trades, number of trades, no of trades, totaltrades, negocios, negócios, totneg, "
        "tickvol, tick volume, transactions, ticks, n, 笔数, count, numtrades, numtrd, "
        "trade count, tradecount, 成交筆數, 成交笔数, 거래건수, ttl nb of txs exctd"
    ),
    TIME: "time, hora, uhrzeit, heure, время, 时间, 時刻",
    SPLIT_FACTOR: "splitfactor, split factor, stock splits, split ratio, split coefficient",
    TICKER: (
        "ticker, symbol, act symbol, ativo, papel, código, codigo, codneg, code, ts code, "
        "stock code, name, stock, instrument, security, issue, symbole, símbolo, тикер, 股票代码, "
        "证券代码, 代码, 銘柄コード, 銘柄, コード, ric, scrip, secid, 종목코드, 단축코드, "
        "證券代號, 證券代碼, 股票代號, 股票代碼, tckr symb, isu cd, stock id, stock symbol, tic, "
        "order book id, code isin"
    ),
}
ROLES_BY_NAME = {
    name: tuple(role for role in NAMES if name in NAMES[role].split(", "))
    for names in NAMES.values()
    for name in names.split(", ")
}
NUMBERING = re.compile(r"^[0-9]{1,2}[a-z]?\.\s+")
NOTE = re.compile(r"\s*[(\[（][^)\]）]*[)\]）]?\s*")
MARKS = re.compile(r"[\s_.*:;#^-]+")
LONGEST = 100  # characters of a name that can be known
CURRENCIES = (
    r"[a-z]{0,3}[$€£¥₹₽₩₺]|(?:rs\.?|euros?|dollars?|reais|руб\.?|원|円|[千仟万萬亿億]?元|百[万萬]元|"
    "usdt?|eur|gbp|brl|cny|jpy|inr|chf|cad|aud|nzd|hkd|sgd|twd|krw|sek|nok|dkk|pln|rub|zar|mxn|try"
    "|tl)(?![a-z])"
)
# "(USD)", "($ millions)", "[EUR]", or " USD" at the end
MONEY_NOTE = re.compile(
    rf"[(\[（](?:in )?(?:{CURRENCIES})[^)\]）]*[)\]）]?$| (?:in )?(?:{CURRENCIES})$",
    re.IGNORECASE,
)
SHARES_NOTE = re.compile(
    r"[(\[（](?:in )?(?:stück|stk\.?|shares|股|株|주|titres|ações|szt\.?|units?|unidades|nos?\.?"
    r"|total|daily|day|raw|adjusted|adj\.?)[)\]）]$",
    re.IGNORECASE,
)
LOTS_NOTE = re.compile(
    r"[(\[（](?:in )?(?:手|lots?|hundreds?|100s|100 ?shares|百股)[)\]）]$", re.IGNORECASE
)
THOUSANDS_NOTE = re.compile(
    r"[(\[（](?:in )?(?:(?:thousands?|x ?1,?000|1,?000|['’]?000(?:['’]?s)?|k|tsd\.?)"
    r"(?: (?:of )?shares| stück| stk\.?)?|milhares|千株|張|张)[)\]）]$"
    r"|(?:[千仟]股|張數)[)\]）]?$",
    re.IGNORECASE,
)
TEN_THOUSANDS_NOTE = re.compile(r"[(\[（]?[万萬]股[)\]）]?$")
MILLIONS_NOTE = re.compile(
    r"[(\[（](?:in )?(?:millions?|mn|mio\.?|milhões)(?: (?:of )?shares| stück| stk\.?)?[)\]）]$"
    r"|百[万萬][株股][)\]）]?$",
    re.IGNORECASE,
)
# A unit in words at the end of a name: "Volume in thousands".
IN_WORDS = re.compile(
    r"[ _](?:in|em)[ _](thousands?|millions?|milhares|milhões|tsd\.?|mio\.?|lots?|hundreds?)"
    r"(?: of shares| de ações)?$",
    re.IGNORECASE,
)
# A note at the end of a name. "(mil)" and "(m)" are thousands in one language, millions in another.
ANY_NOTE = re.compile(r"[(\[（][^)\]）]+[)\]）]?$")
# Powers of ten of a money column's unit, in lower case: "成交额(千元)", "Turnover (Lacs)".
MONEY_UNITS = {
    "千": 3, "仟": 3, "万": 4, "萬": 4, "百万": 6, "百萬": 6, "亿": 8, "億": 8, "천": 3, "백만": 6,
    "억": 8, "thousand": 3, "thousands": 3, "000s": 3, "k": 3, "tsd": 3, "lac": 5, "lacs": 5,
    "lakh": 5, "lakhs": 5, "million": 6, "millions": 6, "mn": 6, "mio": 6, "cr": 7, "crore": 7,
    "crores": 7,
}  # fmt: skip
MONEY_UNIT_NOTE = re.compile(
    r"(?:[(\[（ _]|成交)(?:in )?(?:[a-z]{2,3}\.? )?"
    rf"(?P<unit>{'|'.join(sorted(MONEY_UNITS, key=len, reverse=True))})\.?"
    r" ?(?:元|圓|円|원|[a-z]{3})?[)\]）]?$",
    re.IGNORECASE,
)
LOT_NOTES = (
    (MILLIONS_NOTE, 1_000_000), (TEN_THOUSANDS_NOTE, 10_000), (LOTS_NOTE, 100),
    (THOUSANDS_NOTE, 1_000), (SHARES_NOTE, 1),
)  # fmt: skip
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=1024)
def bare(name: str) -> str:
    """Reduce a written name to what is compared: "1. Open*" and "<OPEN>" are "open"."""
    text = NUMBERING.sub("", unicodedata.normalize("NFC", name.strip()))
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    shorter = NOTE.sub(" ", text)
    return MARKS.sub(" ", shorter if shorter.strip() else text).strip().casefold()


def roles_of(name: str) -> tuple[str, ...]:
    """Return the roles that a column with this name can have, none if it is unknown.

    A note about the unit decides between traded shares and money: "Volume (R$)" is money.
    """
    if len(name) > LONGEST or "%" in name:  # a change or a share of something
        return ()
    name = _with_note(name)
    roles = _roles_of(name)
    note = MONEY_NOTE.search(name)
    if note and {VOLUME, MONEY}.intersection(_roles_of(name[: note.start()])):
        return (MONEY,)
    return (VOLUME,) if MONEY in roles and SHARES_NOTE.search(name) else roles


def lot_of(name: str) -> int | None:
    """Return how many shares a unit of the volume is by a note in its name; None without one."""
    noted = _with_note(name)
    return next((size for note, size in LOT_NOTES if note.search(noted)), None)


def has_unknown_note(name: str) -> bool:
    """Whether a name ends with a note that doesn't state a known unit: "Volume (mil)"."""
    return lot_of(name) is None and ANY_NOTE.search(name) is not None


def money_unit_of(name: str) -> int | None:
    """Return the unit of a column of money by a note in its name; None without one."""
    note = MONEY_UNIT_NOTE.search(_with_note(name))
    power = MONEY_UNITS.get(note["unit"].lower()) if note else None
    return None if power is None else 10**power


def has_unknown_unit(name: str) -> bool:
    """Whether the name of a column of money ends with a note that is no known unit or currency."""
    known = money_unit_of(name) is not None or MONEY_NOTE.search(name) is not None
    return not known and ANY_NOTE.search(name) is not None


def _with_note(name: str) -> str:
    """Write a unit in words as a note: "Volume in thousands" as "Volume (thousands)"."""
    return IN_WORDS.sub(r" (\1)", name)


def _roles_of(name: str) -> tuple[str, ...]:
    text = bare(name)
    found = ROLES_BY_NAME.get(text)
    if found is None:
        found = ROLES_BY_NAME.get(MARKS.sub(" ", CAMEL.sub(" ", name)).strip().casefold(), ())
    return found


def rank_of(name: str, role: str) -> int:
    """Return the preference of a name among the names of its role; 0 is the best."""
    names = NAMES[role].split(", ")
    text = bare(name)
    return names.index(text) if text in names else len(names)
