"""What people decided is applied, and told when the source has moved on."""

from pathlib import Path

import pytest

from etl import publish, store
from tests.etl.conftest import record, write_export

HEADER = "list,record,field,expected,right,reason,who,when\n"


def test_a_correction_is_applied_to_its_record_alone(run_json, data, tmp_path: Path) -> None:
    data.mkdir()
    (data / "corrections.csv").write_text(HEADER + "viasna,3,sentenced_on,2024-05-06,2024-06-07,typo,A.,2026-11-01\n")
    status, _ = run_json("import", write_export(tmp_path / "viasna.csv", [record(n) for n in range(1, 12)]))
    assert status == 0
    sentences = publish.read_private("sentences")["sentenced_on"].dt.strftime("%Y-%m-%d")
    assert sorted(sentences.unique()) == ["2024-05-06", "2024-06-07"] and (sentences == "2024-06-07").sum() == 1


def test_a_correction_that_the_source_has_overtaken_is_told(run_json, data, tmp_path: Path) -> None:
    data.mkdir()
    (data / "corrections.csv").write_text(HEADER + "viasna,3,sentenced_on,2023-01-01,2024-06-07,typo,A.,2026-11-01\n")
    _, result = run_json("import", write_export(tmp_path / "viasna.csv", [record(n) for n in range(1, 12)]))
    [told] = [p for p in result["files"][0]["problems"] if p["kind"] == "correction-outdated"]
    assert (told["found"], told["expected"], told["row"]) == ("2024-05-06", "2023-01-01", 4)


@pytest.mark.parametrize(("line", "wrong"), [("viasna,3,colour,a,b,c,d,e", "no field"),
                                             ("viasna,3,term_months,24.0,long,c,d,e", "can't stand")])
def test_a_wrong_decision_stops_the_import_in_words(data, tmp_path: Path, line: str, wrong: str) -> None:
    from tests.etl.test_import import etl
    data.mkdir()
    (data / "corrections.csv").write_text(HEADER + line + "\n")
    result = etl(data, "import", write_export(tmp_path / "viasna.csv", [record(n) for n in range(1, 12)]))
    assert result.returncode == 1 and wrong in result.stderr and "corrections.csv, line 2" in result.stderr
    assert store.history() == []


def test_people_may_say_that_two_records_are_one(run_json, data, tmp_path: Path) -> None:
    file = write_export(tmp_path / "viasna.csv", [record(n) for n in range(1, 12)])
    run_json("import", file)
    assert len(publish.read_private("persons")) == 11
    (data / "same_person.csv").write_text("list_a,record_a,list_b,record_b,same,reason,who,when\n"
                                          "viasna,1,viasna,2,yes,one man,A.,2026-11-01\n")
    run_json("import", file)
    assert len(publish.read_private("persons")) == 10
