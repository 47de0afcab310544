"""A vintage withdrawn is shown no more, and says when and why; nothing else changes."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import texts
from etl import publish, store, withdraw
from etl.__main__ import main
from etl.options import present
from tests.etl.conftest import record, write_export


@pytest.fixture(scope="module")
def _three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A data folder with three vintages of 20, 30 and 40 persons; the later two are made from the first by hand, which is quicker."""
    data, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(data))
        file = write_export(folder / "viasna_export.csv", [record(n) for n in range(1, 21)])
        ids = [json.loads(CliRunner().invoke(main, ["import", str(file), "--json"]).stdout)["vintage"]]
        for later, persons in (("20990101T000000Z-0123abcd", 30), ("20990202T000000Z-0123abcd", 40)):
            new = store.folder() / later
            shutil.copytree(store.folder() / ids[0], new)
            facts = json.loads((new / "public" / "facts.json").read_text(encoding="utf-8"))
            facts["id"], facts["headline"]["charged"]["persons"] = later, persons
            (new / "public" / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
            (new / "manifest.json").write_text(json.dumps(publish.manifest(ids[0]) | {"id": later, "parent": ids[-1]}), encoding="utf-8")
            publish.make_current(later, "import", present())
            ids.append(later)
    return data, ids


@pytest.fixture
def three(_three: tuple[Path, list[str]], data: Path) -> list[str]:
    """Their ids, in a copy of the folder."""
    shutil.copytree(_three[0], data)
    return _three[1]


def _files(vintage: str) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted((store.folder() / vintage).rglob("*")) if p.is_file()}


def test_the_former_vintage_is_in_use_again_and_the_withdrawn_one_says_why(three: list[str], run_json) -> None:
    first, second, third = three
    before = _files(third)
    status, told = run_json("withdraw", third, "--reason", "ten cases of\n another year were counted")
    assert (status, told) == (0, {"withdrawn": third, "vintage": second})
    assert store.current_id() == second and store.open_public().facts["headline"]["charged"]["persons"] == 30
    with pytest.raises(store.Withdrawn, match=rf"{third} was withdrawn on .* 20\d\d: ten cases of another year were counted\.$"):
        store.open_public(third)
    assert store.history() == [second, first] and [w.vintage for w in store.withdrawals()] == [third]
    assert _files(third) == before, "the files stay as they were"
    assert not store.unfinished(), "and the next import does not take them away"
    last = json.loads((store.folder() / "history.jsonl").read_text().splitlines()[-1])
    assert (last["why"], last["withdrawn"], last["vintage"], last["before"]) == ("withdrawal", third, second, third)
    assert last["reason"] == "ten cases of another year were counted."
    told = run_json("status")[1]
    assert [v["vintage"] for v in told["vintages"]] == [second, first] and told["withdrawn"][0]["vintage"] == third


def test_it_is_said_in_the_language_of_the_reader(three: list[str], run_json) -> None:
    run_json("withdraw", three[2], "--reason", "Памылка.")
    for code, word in (("be", "адкліканы"), ("ru", "отозван")):
        with texts.using(code), pytest.raises(store.Withdrawn, match=word):
            store.open_public(three[2])


def test_an_older_vintage_goes_alone(three: list[str], run_json) -> None:
    first, second, third = three
    assert run_json("withdraw", second, "--reason", "A name stood in it.")[1]["vintage"] == third == store.current_id()
    with pytest.raises(store.Withdrawn):
        store.open_public(second)
    # Going back passes over it, by itself and by name.
    assert run_json("rollback")[1]["vintage"] == first
    assert "was withdrawn on" in _refused(run_json, "rollback", second)


def _refused(run_json, *arguments: str) -> str:
    """What is said of a command that is refused (etl.__main__ makes a sentence and status 1 of it)."""
    with pytest.raises((store.StoreError, withdraw.NotWithdrawn)) as caught:
        run_json(*arguments)
    return str(caught.value)


def test_one_can_be_named_and_only_one_that_there_is(three: list[str], run_json) -> None:
    first, _, third = three
    for wrong, why in (("20200101T000000Z-00000000", "There is no vintage"), ("../../etc", "There is no vintage"), (third, "instead of itself")):
        assert why in _refused(run_json, "withdraw", third, "--reason", "x", "--use", wrong)
    assert store.current_id() == third and not store.withdrawals()
    assert run_json("withdraw", third, "--reason", "x", "--use", first)[1]["vintage"] == first == store.current_id()
    assert "withdrawn before" in _refused(run_json, "withdraw", third, "--reason", "x")


@pytest.mark.parametrize("reason", ["", "  ", "a" * 501, "right \u202e tfel", "bell \x07"])
def test_a_reason_that_cannot_be_read_is_refused(three: list[str], run_json, reason: str) -> None:
    assert "reason" in _refused(run_json, "withdraw", three[2], "--reason", reason)
    assert store.current_id() == three[2]


def test_where_all_are_withdrawn_none_is_shown_until_the_next_import(three: list[str], run_json, run, tmp_path: Path) -> None:
    for vintage in reversed(three):
        last = run_json("withdraw", vintage, "--reason", "It told of persons.")[1]["vintage"]
    assert last is None and store.history() == []
    with pytest.raises(store.Withdrawn):
        store.open_public()
    # The same rows again: by then the program may count them rightly.
    again = run_json("import", write_export(tmp_path / "viasna_export.csv", [record(n) for n in range(1, 21)]))[1]["vintage"]
    assert store.history() == [again] and store.open_public().facts["headline"]["charged"]["persons"] == 20


@pytest.mark.parametrize("content", ["", "{", "[]", '{"day": "soon"}', '{"day": "2026-13-77", "reason": "x", "instead": ""}', "\x00"])
def test_a_mark_that_is_damaged_still_keeps_the_figures_away(three: list[str], content: str) -> None:
    store.withdrawal_mark(three[1]).write_text(content)
    with pytest.raises(store.Withdrawn, match="was withdrawn"):
        store.open_public(three[1])
    assert three[1] not in store.history()


def test_a_withdrawal_that_was_stopped_keeps_the_figures_away_and_can_be_completed(three: list[str], run_json, monkeypatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(OSError, match="disk"):
        patched.setattr(publish, "make_current", lambda *_, **__: (_ for _ in ()).throw(OSError("disk")))
        run_json("withdraw", three[2], "--reason", "It told of persons.")
    with pytest.raises(store.Withdrawn):
        store.open_public()
    assert run_json("rollback")[1]["vintage"] == three[1] == store.open_public().id
