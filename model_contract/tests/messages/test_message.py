import json

import pytest

from model_contract.messages import cells, forecasting, open_inference, reading, requests
from model_contract.messages.catalog import CODES
from model_contract.messages.message import Code, safe


def text(template: str, **params: object) -> str:
    return Code("code", template)(**params).text


def test_markup_is_sanitized():
    assert safe("<b>&amp;") == "?b??amp;"


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\u202e", "\u2028", "\u200b"], ids=ascii
)
def test_control_characters_are_replaced(character):
    assert safe(f"a{character}b") == "a?b"


def test_letters_of_any_language_are_kept():
    assert safe("São Paulo 東京") == "São Paulo 東京"


def test_forty_characters_are_not_cut():
    assert safe("x" * 40) == "x" * 40


def test_longer_text_is_cut_with_an_ellipsis():
    assert safe("x" * 1_000_000) == "x" * 40 + "…"


def test_string_parameters_are_sanitized():
    message = Code("code", "{one} {many}")(one="<", many=["&", "x" * 50])
    assert message.params == {"one": "?", "many": ["?", "x" * 40 + "…"]}


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("{p}", 1234567, "1,234,567"),
        ("{p}", 0.5, "0.5"),
        ("{p}", -9.0, "-9"),
        ("{p}", "1234", "1234"),
        ("{p}", [2, 30000], "2, 30,000"),
        ("{p:digits}", 1205, "1205"),
        ("{p:digits}", [302, 1205], "302, 1205"),
        ("{p:quoted}", "AAPL", "'AAPL'"),
        ("{p:quoted}", ["A", "B"], "'A', 'B'"),
        ("{p:found}", "abc", "'abc'"),
        ("{p:found}", "", "an empty cell"),
        ("{p:subject}", "AAPL", "'AAPL'"),
        ("{p:subject}", None, "the file"),
        ("splits{p:of}", "AAPL", "splits of 'AAPL'"),
        ("splits{p:of}", None, "splits"),
        ("{p:row|rows}", 1, "row"),
        ("{p:row|rows}", 0, "rows"),
        ("{p:row|rows}", 2, "rows"),
        ("1, 2{p:?, …}", True, "1, 2, …"),
        ("1, 2{p:?, …}", False, "1, 2"),
    ],
)
def test_a_parameter_is_formatted_as_its_template_says(template, value, expected):
    assert text(template, p=value) == expected


def test_a_remedy_is_rendered_with_the_same_parameters():
    message = Code("code", "found {found}", "Write {wanted}.")(found="a", wanted="b")
    assert (message.text, message.remedy) == ("found a", "Write b.")


def test_a_message_without_a_remedy_has_none():
    assert Code("code", "Sorted.", severity="note")().remedy is None


@pytest.mark.parametrize("params", [{}, {"a": 1}, {"a": 1, "b": 2, "c": 3}], ids=len)
def test_a_code_takes_exactly_its_parameters(params):
    with pytest.raises(TypeError, match="code takes"):
        Code("code", "{a}", "{b}")(**params)


def test_extra_parameters_are_required_as_well():
    assert Code("code", "{a}", extra=("b",)).parameters == {"a", "b"}


@pytest.mark.parametrize("value", [1, 2.5, "text", True, ["one", "two"]], ids=str)
def test_every_code_renders_and_can_be_sent_as_json(value):
    for code in CODES.values():
        message = code(**dict.fromkeys(code.parameters, value))
        assert message.text, code.name
        assert message.remedy is None or message.remedy.endswith("."), code.name
        assert not {"{", "}"} & set(message.text + (message.remedy or "")), code.name
        assert json.loads(json.dumps(message.params)) == message.params, code.name


def test_every_code_has_the_name_of_its_constant():
    for module in (cells, forecasting, open_inference, reading, requests):
        codes = {name: code for name, code in vars(module).items() if isinstance(code, Code)}
        assert [code.name for code in codes.values()] == [name.lower() for name in codes]
        assert {code.name for code in codes.values()} <= set(CODES)
