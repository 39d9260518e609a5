"""Kept analyses: what comes back, what is apart, what vanishes."""

import os
import threading
from dataclasses import replace

import numpy as np
import pytest

from posture.check import CheckOptions
from posture.errors import OutputError, ReferenceFileError, StoreError, UnusableInputError
from posture.files import DATA_VARIABLE
from posture.findings import Role
from posture.jobs import Jobs, JobState
from posture.kept import analysis as analysis_module
from posture.kept.again import judge_again, say_who
from posture.kept.analysis import analyse, draw_video, keep, open_kept, upload_path
from posture.kept.folder import KEEP_VARIABLE, Folder, delete_old, is_id, kept_dir, new_id
from posture.kept.sources import RECORDINGS_VARIABLE, recordings_folder, server_recordings
from posture.landmark_file import NOBODY, LandmarkWriter, observation_metadata
from posture.landmarks import TRACK_ARRAYS
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.xlsx import xlsx_bytes
from posture.survey.decisions import decide
from posture.survey.records import DecisionKind
from posture.video import probe
from tests.media import make_clip
from tests.test_report import checked_sticks

DAY_S = 86_400


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


def write_landmarks(path, observation):
    with LandmarkWriter(path) as writer:
        for i, moment in enumerate(observation.sample_times_s):
            there = [(t, j) for t in observation.tracks for j in np.flatnonzero(np.isclose(t.time_s, moment))]
            for track, j in there:
                arrays = {name: getattr(track, name)[j] for name in TRACK_ARRAYS}
                writer.add(track.person, float(moment), i, arrays)
            if not observation.tracks:
                writer.add(NOBODY, float(moment), i, {})
        writer.close(observation_metadata(observation))


def kept(tmp_path, people=1, name="a.mp4"):
    """A finished analysis of stick people, of a clip that lies beside it."""
    clip = tmp_path / name
    if not clip.exists():
        make_clip(clip, n=160, fps=10)
    checked = checked_sticks(name, people)
    folder = Folder(new_id()).make()
    write_landmarks(folder.landmarks, checked.observation)
    keep(folder, checked, CheckOptions(), clip, False)
    return folder, checked


def test_everything_comes_back(tmp_path):
    folder, checked = kept(tmp_path, people=2)
    again = open_kept(folder)
    assert again.result == checked.result and again.about.source == "a.mp4" and again.options == CheckOptions()
    assert set(again.courses) == set(checked.courses)
    for key, course in checked.courses.items():
        np.testing.assert_allclose(again.courses[key].value, course.value, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(again.courses[key].why, course.why)
        np.testing.assert_array_equal(again.courses[key].time_s, course.time_s)
    assert [t.person for t in again.observation.tracks] == [1, 2]
    report = again.report("zh")
    assert to_json(report)["people"] == to_json(replace(report, checked=checked))["people"]
    assert xlsx_bytes(report) and "双肩" in render_html(report, source=lambda path, times: iter(()))
    again.close()


def test_decisions_change_the_score_and_stay(tmp_path):
    folder, checked = kept(tmp_path)
    first = open_kept(folder)
    before = first.reviewed()
    assert [f.state for f in before.findings] == ["open"] * len(before.findings) and before.findings
    costly = next(f for f in before.findings if f.deviation.points)
    with pytest.raises(StoreError):
        decide(first.store, costly.key, "Wang", DecisionKind.DISMISS)
    decide(first.store, costly.key, "Wang", DecisionKind.DISMISS, "hidden")
    first.close()
    second = open_kept(folder)
    after = second.reviewed()
    assert next(f for f in after.findings if f.key == costly.key).dismissed
    assert after.result.people[0].score.value > checked.result.people[0].score.value
    assert second.result == checked.result, "what the machine said stays beside it"
    second.close()


def test_the_same_recording_reviewed_by_two_shares_nothing(tmp_path):
    (mine, _), (yours, _) = kept(tmp_path), kept(tmp_path)
    a, b = open_kept(mine), open_kept(yours)
    decide(a.store, a.reviewed().findings[0].key, "Wang", DecisionKind.CONFIRM)
    assert [f.state for f in b.reviewed().findings] == ["open"] * len(b.reviewed().findings)
    a.close(), b.close()
    mine.delete()
    assert not mine.path.exists() and open_kept(mine) is None and open_kept(yours) is not None


def test_ids_cannot_be_guessed_and_lead_nowhere_else():
    some = {new_id() for _ in range(100)}
    assert len(some) == 100 and all(len(one) >= 32 and is_id(one) for one in some)
    for bad in ("", "..", "../../etc/passwd", "a" * 19, "a/b" * 10, "x" * 100, "a" * 30 + "\n"):
        assert not is_id(bad)
        with pytest.raises(ValueError):
            Folder(bad)


def test_only_its_owner_may_look_into_the_folder():
    assert Folder(new_id()).make().path.stat().st_mode & 0o077 == 0


def test_a_role_that_somebody_says_counts_everywhere_and_decisions_stay(tmp_path):
    folder, _ = kept(tmp_path, people=2)
    before = open_kept(folder)
    finding = next(f for f in before.reviewed().findings if f.person == 1)
    decide(before.store, finding.key, "Wang", DecisionKind.CONFIRM)
    assert say_who(before, 2, " Li   Si ", None, "Wang") == folder.id
    assert open_kept(folder).about.analysis_id == before.about.analysis_id, "a name needs no judging"
    assert say_who(before, 2, "Li Si", Role.CLIENT, "Wang") == folder.id
    after = open_kept(folder)
    first, second = after.result.people
    assert after.options.told_roles == ((2, Role.CLIENT),) and after.names() == {2: "Li Si"}
    assert first.results and (second.role, second.role_reason, second.scored) == (Role.CLIENT, "told", False)
    assert {p for p, _ in after.courses} == {1} and {f.person for f in after.reviewed().findings} == {1}
    assert next(f for f in after.reviewed().findings if f.key == finding.key).state == "confirmed"
    assert to_json(after.report("en"))["people"][1]["role"] == "client"
    assert after.appearance != before.appearance
    say_who(after, 2, "Li Si", None, "Wang")
    assert open_kept(folder).result == before.result, "taken back"


def test_without_landmarks_a_role_is_refused_and_nothing_is_kept(tmp_path):
    folder, _ = kept(tmp_path)
    folder.landmarks.unlink()
    opened = open_kept(folder)
    with pytest.raises(OutputError, match="landmarks"):
        say_who(opened, 1, "Li Si", Role.CLERK, "Wang")
    assert opened.names() == {}
    say_who(opened, 1, "Li Si", None, "Wang")
    with pytest.raises(StoreError, match="up to 40 letters; this one has 300"):
        say_who(opened, 1, "长" * 300, None, "Wang")
    assert opened.names() == {1: "Li Si"}


def test_where_the_flow_of_ones_own_is_gone_a_role_is_refused_and_nothing_is_kept(tmp_path):
    folder, _ = kept(tmp_path)
    opened = open_kept(folder)
    gone = replace(opened, options=replace(opened.options, flow=str(tmp_path / "gone.yaml")))
    with pytest.raises(ReferenceFileError, match=r"gone\.yaml"):
        say_who(gone, 1, "Li Si", Role.CLERK, "Wang")
    assert opened.names() == {}


def test_the_clerks_place_is_kept_with_the_analysis(tmp_path):
    folder, _ = kept(tmp_path, people=2)
    left = ((0.1, 0.1), (0.45, 0.1), (0.45, 0.9), (0.1, 0.9))
    judge_again(open_kept(folder), left)
    again = open_kept(folder)
    assert again.options.clerk_region == left
    assert [p.role for p in again.result.people] == [Role.CLERK, Role.CLIENT]
    judge_again(again, None)
    assert [p.role for p in open_kept(folder).result.people] == [None, None]


def test_what_nobody_opens_is_deleted_by_age(tmp_path, monkeypatch):
    (old, _), (new, _) = kept(tmp_path), kept(tmp_path)
    unfinished = Folder(new_id()).make()
    (kept_dir() / "notes").mkdir()
    now_s = (new.path / "about.json").stat().st_mtime
    os.utime(old.path / "about.json", (now_s - 20 * DAY_S,) * 2)
    os.utime(unfinished.path, (now_s - 2 * DAY_S,) * 2)
    assert delete_old(now_s) == 2
    assert {p.name for p in kept_dir().iterdir()} == {new.id, "notes"}
    monkeypatch.setenv(KEEP_VARIABLE, "3")
    assert delete_old(now_s + 2 * DAY_S) == 0 and delete_old(now_s + 4 * DAY_S) == 1
    assert delete_old(now_s) == 0, "with no folder at all, too"


@pytest.mark.usefixtures("bundles")
def test_a_cancelled_analysis_of_an_upload_leaves_nothing(samples):
    folder, begun, on = Folder(new_id()).make(), threading.Event(), threading.Event()
    clip = upload_path(folder, "slouch.mp4")
    clip.write_bytes((samples / "slouch_side.mp4").read_bytes())

    def work(job):
        told = job.report

        def report(stage, done=0.0, total=0.0):
            if stage == "observing":
                begun.set()
                assert on.wait(60)
            told(stage, done, total)

        job.report = report
        analyse(job, folder, clip, True, CheckOptions())

    jobs = Jobs()
    job = jobs.start(folder.id, work)
    assert begun.wait(60)
    assert [p.name for p in folder.path.glob(".*.part")], "it was writing landmarks"
    jobs.cancel(folder.id)
    on.set()
    assert job.wait(60) and job.status().state is JobState.CANCELLED
    assert not folder.path.exists() and folder.about() is None


@pytest.mark.usefixtures("bundles")
def test_of_an_upload_nothing_goes_to_the_cache(monkeypatch):
    seen = []
    monkeypatch.setattr(analysis_module, "check", lambda *given, **more: seen.append(more) or checked_sticks())
    folder = Folder(new_id()).make()
    clip = make_clip(upload_path(folder, "a.mp4"))
    Jobs().start("a", lambda job: analyse(job, folder, clip, True, CheckOptions())).wait(60)
    assert seen[0]["landmarks"] == folder.landmarks
    assert folder.about().own_copy


@pytest.mark.usefixtures("bundles")
def test_an_unreadable_file_is_one_sentence_and_leaves_nothing():
    folder = Folder(new_id()).make()
    wrong = upload_path(folder, "notes.mp4")
    wrong.write_text("no video")
    job = Jobs().start("a", lambda job: analyse(job, folder, wrong, True, CheckOptions()))
    assert job.wait(60) and isinstance(job.status().error, UnusableInputError)
    assert not folder.path.exists()


def test_the_video_with_skeletons_is_drawn_into_the_folder(tmp_path):
    folder, _ = kept(tmp_path)
    opened = open_kept(folder)
    job = Jobs().start("a", lambda job: draw_video(job, opened))
    assert job.wait(60) and job.status().state is JobState.DONE
    assert probe(folder.video).codec == "h264" and opened.drawn_as_now
    say_who(opened, 1, "Li Si", None, "Wang")
    assert opened.drawn is not None and not opened.drawn_as_now, "a name has it drawn again"
    opened.close()
    folder.delete()
    gone = Jobs().start("a", lambda job: draw_video(job, opened))
    assert gone.wait(60) and gone.status().state is JobState.DONE and not folder.path.exists()


@pytest.mark.parametrize(
    ("given", "kept_as"),
    [("a.mp4", "a.mp4"), ("../../etc/x.mp4", "_.._etc_x.mp4"), ("窗口 3.MOV", "窗口 3.MOV"), ("a\\b\n.mp4", "a_b_.mp4"),
     ("x" * 400 + ".mp4", "x" * 120 + ".mp4"), ("..", "recording")],
)  # fmt: skip
def test_names_of_uploads_stay_in_the_folder(given, kept_as):
    folder = Folder(new_id()).make()
    path = upload_path(folder, given)
    assert path.name == kept_as and path.parent == folder.path / "upload"
    path.write_bytes(b"x")


def test_norms_that_are_gone_ask_for_a_new_check(tmp_path, monkeypatch):
    folder, _ = kept(tmp_path)
    library = analysis_module.load_library()
    monkeypatch.setattr(type(library), "all_criteria", lambda self: {})
    with pytest.raises(StoreError, match="no longer have"):
        open_kept(folder)


def test_recordings_of_the_servers_folder_are_found_and_nothing_outside_of_it(tmp_path, monkeypatch):
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "day 1").mkdir(parents=True), outside.mkdir()
    for path in (inside / "a.mp4", inside / "day 1" / "b.MOV", inside / "notes.txt", outside / "c.mp4"):
        path.write_bytes(b"x")
    (inside / "link.mp4").symlink_to(outside / "c.mp4")
    assert recordings_folder() is None
    monkeypatch.setenv(RECORDINGS_VARIABLE, str(inside))
    assert {p.name for p in server_recordings(recordings_folder())} == {"a.mp4", "b.MOV"}
    monkeypatch.setenv(RECORDINGS_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(UnusableInputError, match="POSTURE_RECORDINGS_DIR"):
        server_recordings(recordings_folder())
