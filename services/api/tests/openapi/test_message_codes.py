"""The codes of all messages are in /openapi.json and docs/api.md."""

from pathlib import Path

from model_contract.messages.catalog import CODES
from prediction_api.openapi.code_table import with_table

DOCUMENTATION = Path(__file__).parents[4] / "docs" / "api.md"
UPDATE = "update the table with 'python -m prediction_api.openapi.code_table docs/api.md'"


def test_docs_api_md_has_the_table_of_all_codes():
    text = DOCUMENTATION.read_text(encoding="utf-8")
    assert text == with_table(text), UPDATE


def test_the_contract_lists_every_code_with_severity_and_parameters(client):
    schema = client.get("/openapi.json").json["components"]["schemas"]["MessageCode"]
    assert schema["enum"] == [*CODES]
    for name, code in CODES.items():
        described = schema["x-messages"][name]
        assert described["severity"] == code.severity
        assert set(described["params"]) == code.parameters
        for text in (described["text"], described["remedy"] or ""):
            assert "|" not in text
            assert ":?" not in text


def test_every_code_in_the_contract_refers_to_the_list(client):
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    reference = {"$ref": "#/components/schemas/MessageCode"}
    for name in ("ProblemDocument", "ProtocolError", "CsvProblem", "ForecastWarning"):
        assert schemas[name]["properties"]["code"] == reference
