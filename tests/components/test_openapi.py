"""The OpenAPI document: valid, whole, and true: what it does not tell of is never answered."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

import app as entry
from components import chart_files, pages
from components.formats import FORMATS

CHECKS = [status_code_conformance, content_type_conformance]
OF_DASH = ("/_", "/assets/", "/static/", "/<path:path>")


@pytest.fixture
def told(sample: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    return entry.server.test_client().get("/openapi.json").json


def test_the_document_is_valid(told: dict) -> None:
    OpenAPIV31SpecValidator(told).validate()
    assert "synthetic" in told["info"]["title"]


def test_every_address_of_the_server_is_told(told: dict) -> None:
    parts = {"/chart/<path:name>": "/chart/{chart}", "/table/<path:name>": "/table/{table}", "/embed/<path:chart_id>": "/embed/{chart}"}
    rules = {str(rule) for rule in entry.server.url_map.iter_rules()}
    here = {parts.get(rule, rule) for rule in rules if not rule.startswith(OF_DASH)}
    assert here <= set(told["paths"])
    assert {page.path for page in pages.PAGES} <= set(told["paths"])
    assert {f"/chart/{{chart}}.{ending}" for ending in chart_files.ENDINGS} <= set(told["paths"])
    assert {f"/table/{{table}}.{ending}" for ending in FORMATS} <= set(told["paths"])


def test_what_monitors_are_told_is_what_they_get(told: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path))  # nothing has been imported
    for path, status in (("/health", 200), ("/ready", 503)):
        answer = entry.server.test_client().get(path)
        assert answer.status_code == status and answer.mimetype in told["paths"][path]["get"]["responses"][str(status)]["content"]
    assert set(told["paths"]["/health"]["get"]["responses"]) == {"200"}


def test_what_is_told_is_what_is_answered(told: dict) -> None:
    """A few hundred requests, right and wrong ones; docs/architecture.md has the command that sends many more."""
    schema = schemathesis.openapi.from_dict(told)
    schema.app = entry.server
    # Pictures take long to draw, and have tests of their own.
    asked = [operation.ok() for operation in schema.get_all_operations() if not operation.ok().path.endswith((".png", ".pdf"))]
    assert len(asked) > 30

    @bounded(max_examples=250, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.one_of([operation.as_strategy() for operation in asked]))
    def answers(case: schemathesis.Case) -> None:
        # 501 is what oEmbed asks for where only JSON is answered.
        assert case.call_and_validate(checks=CHECKS).status_code not in (500, 503)

    answers()
