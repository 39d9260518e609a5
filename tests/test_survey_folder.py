"""A survey is a folder: made, read, refused with a sentence; no password in it."""

import pytest

from posture.errors import StoreError, UnusableInputError
from posture.survey.folder import FILE, PASSWORD_VARIABLE, Settings, is_survey, make_survey, opened_survey, read_survey
from posture.survey.queries import state_counts
from posture.survey.records import State


def refused(key, action, *arguments):
    with pytest.raises(UnusableInputError) as caught:
        action(*arguments)
    assert caught.value.key == f"survey.folder.{key}"
    assert caught.value.in_language("zh") != caught.value.in_language("en")
    return str(caught.value)


def test_a_folder_becomes_a_survey_and_keeps_what_it_was_given(tmp_path):
    region = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))
    settings = Settings(profile="bank_counter", variant="female", fps=5.0, people=3, clerk_region=region)
    made = make_survey(tmp_path / "a" / "b", "三月", None, "{unit}/*.mp4", settings)
    assert is_survey(tmp_path / "a" / "b") and read_survey(tmp_path / "a" / "b") == made
    with opened_survey(tmp_path / "a" / "b") as (survey, store):
        assert survey.name == "三月" and survey.pattern == "{unit}/*.mp4"
        assert state_counts(store)[State.WAITING] == 0 and store.where == str(tmp_path / "a" / "b" / "survey.sqlite")
        options = survey.options
    assert (options.profile, options.variant, options.clerk_region) == ("bank_counter", "female", region)
    assert (options.observe.fps, options.observe.max_people) == (5.0, 3)
    assert survey.landmarks.is_relative_to(survey.folder)


def test_wrong_folders_are_told(tmp_path):
    assert "posture survey init" in refused("none", read_survey, tmp_path)
    make_survey(tmp_path)
    refused("there", make_survey, tmp_path)
    good = (tmp_path / FILE).read_text()
    for mistake in ("name = ", 'nonsense = "x"\n' + good, good.replace("fps = 10.0", "fps = 1000.0")):
        (tmp_path / FILE).write_text(mistake)
        assert FILE in refused("mistake", read_survey, tmp_path)
    (tmp_path / "file").write_text("")
    refused("not_made", make_survey, tmp_path / "file" / "x")


def test_a_password_is_used_and_not_written_down(tmp_path, postgresql_address, monkeypatch):
    address = postgresql_address.replace("tester@", "tester:geheim@") + "&password=geheim2"
    make_survey(tmp_path, store=address)
    assert "geheim" not in (tmp_path / FILE).read_text()
    monkeypatch.setenv(PASSWORD_VARIABLE, "von draussen")
    with opened_survey(tmp_path) as (survey, store):
        assert store.engine.url.password == "von draussen" and "draussen" not in store.where + survey.address


def test_a_store_that_cannot_be_opened_leaves_no_survey(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError):
        make_survey(tmp_path, store="postgresql://u:p@127.0.0.1:1/x")
    assert not is_survey(tmp_path)
