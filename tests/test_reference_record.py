"""Making a reference pose of one's own: from landmarks with known angles, and from a real clip."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture.check import CheckOptions, check, judge_observation, seen
from posture.errors import PostureError, ReferenceFileError, UnusableInputError
from posture.findings import Verdict, View
from posture.landmarks import Observation, Pose
from posture.library import load_library
from posture.library_files import load_files
from posture.observe import ObserveSettings
from posture.reference_files import ReferenceProblems, read
from posture.reference_joints import body_joints
from posture.reference_record import free_identifier, record, record_observed, require_free, user_poses_dir, write
from posture.references import ReferencePose
from posture.tilt import Tilt, tilted
from posture.video import frames_at
from tests.media import film
from tests.stick_figure import TRUNK, Stick, joints, stick_track
from tests.test_cli import no_traceback, run

LIBRARY = load_library()
FPS = 10.0
FOLD = Stick(arm_out=(12.0, 12.0), elbow=(105.0, 105.0), forearm_in=(80.0, 80.0), feet_apart=0.3)
GUIDING = Stick(arm_out=(12.0, 70.0), elbow=(170.0, 150.0), forearm_in=(80.0, 0.0), feet_apart=0.3)
HIPS_DOWN = [Pose(i) for i in range(Pose.LEFT_HIP, Pose.RIGHT_FOOT_INDEX + 1)]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def observed(*tracks, kind="video"):
    n = max((len(t) for t in tracks), default=0)
    settings = {"settings": json.dumps({"fps": FPS})}
    return Observation(tracks, "示范 clip.mp4", "0" * 64, (1000, 1000), kind, n / FPS, np.arange(n) / FPS, (), settings)


def recorded(*tracks, identifier="mine", person=None, like=None, kind="video", name="Mine"):
    return record_observed(observed(*tracks, kind=kind), name, identifier, LIBRARY, FPS, person, like)


def behind_counter(track):
    track.visibility[:, HIPS_DOWN] = 0.2
    return track


def moving(track, px_per_sample=20.0):
    track.pose_px[..., 0] += px_per_sample * np.arange(len(track))[:, None]
    return track


# ---- joints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yaw_deg", [0.0, 15.0, 90.0, -90.0, 80.0])
@pytest.mark.parametrize("roll_deg", [0.0, 6.0])
def test_joints_are_the_body_s_own_whatever_the_side(yaw_deg, roll_deg):
    track = stick_track(GUIDING, n=30, yaw_deg=yaw_deg, roll_deg=roll_deg)
    scene = tilted(seen(track), Tilt(roll_deg, 0.0, "given", 0.0))
    view = View.FRONT if abs(yaw_deg) < 22 else View.SIDE
    found = body_joints(scene, np.ones(30, bool), view)
    for landmark, true in joints(GUIDING).items():
        if landmark.name.lower() in found:
            assert found[landmark.name.lower()] == pytest.approx(tuple(true / TRUNK), abs=0.01), landmark.name
    assert found["left_shoulder"][0] > 0 > found["right_shoulder"][0], "left is left"
    assert found["right_wrist"][0] < -0.8, "the arm that is held out is the right one"
    assert {"left_wrist", "right_heel", "nose"} <= set(found) and "mouth_left" not in found


def test_a_camera_that_looks_down_is_taken_out():
    pitch = np.radians(20.0)
    track = stick_track(FOLD, n=30)
    for points in (track.pose_px, track.pose_m):
        down, away = points[..., 1] - (450 if points is track.pose_px else 0), points[..., 2].copy()
        points[..., 1] = down * np.cos(pitch) - away * np.sin(pitch) + (450 if points is track.pose_px else 0)
        points[..., 2] = away * np.cos(pitch) + down * np.sin(pitch)
    found = body_joints(tilted(seen(track), Tilt(0, 0, "given", 20.0)), np.ones(30, bool), View.FRONT)
    for name in ("nose", "left_wrist", "right_elbow", "left_ankle"):
        assert found[name] == pytest.approx(tuple(joints(FOLD)[Pose[name.upper()]] / TRUNK), abs=0.01), name


def test_hips_behind_a_counter_lie_under_the_shoulders():
    found = recorded(behind_counter(stick_track(FOLD, n=30))).pose
    assert found.kind == "sitting"
    assert not [n for n in found.joints if "hip" in n or "knee" in n]
    assert found.joints["left_shoulder"][1] == pytest.approx(1.0, abs=0.02)
    wrist = joints(FOLD)[Pose.LEFT_WRIST] / TRUNK
    assert found.joints["left_wrist"][:2] == pytest.approx(tuple(wrist[:2]), abs=0.05)


def test_what_was_seen_in_less_than_half_of_the_samples_is_no_joint():
    track = stick_track(FOLD, n=30)
    track.visibility[:20, Pose.LEFT_ANKLE] = 0.1
    track.visibility[:10, Pose.RIGHT_ANKLE] = 0.1
    found = recorded(track).pose.joints
    assert "left_ankle" not in found and "right_ankle" in found


# ---- the stretch ------------------------------------------------------------------------------------------------


def test_the_longest_calm_stretch_is_used():
    waving = [replace(FOLD, arm_out=(12.0 + 20 * (i % 5), 12.0)) for i in range(20)]
    found = recorded(stick_track([FOLD] * 25 + waving + [GUIDING] * 50))
    start, end = found.stretch_s
    assert 4.4 <= start <= 5.2 and end == pytest.approx(9.4)
    by_measure = {p.criterion.measure: p for p in found.proposals}
    assert by_measure["right_arm_sideways_deg"].criterion.target == pytest.approx(70, abs=1)


def test_the_front_is_preferred_and_the_side_is_taken_when_there_is_no_other():
    front, side = stick_track(FOLD, n=30), stick_track(FOLD, n=60, yaw_deg=90.0)
    both = stick_track(FOLD, n=90)
    both.pose_px[30:], both.pose_m[30:] = side.pose_px, side.pose_m
    assert recorded(both).view == View.FRONT and recorded(front).view == View.FRONT
    from_side = recorded(side)
    assert from_side.view == View.SIDE
    assert all(c.views == (View.SIDE,) for c in (p.criterion for p in from_side.proposals))
    assert {p.criterion.measure for p in from_side.proposals} & {"left_arm_forward_deg", "right_arm_forward_deg"}


def test_a_photo_is_one_sample():
    found = recorded(stick_track(GUIDING, n=1), kind="photo")
    assert found.stretch_s == (0.0, 0.0)
    assert {(p.samples, p.spread) for p in found.proposals} == {(1, 0.0)}
    assert found.pose.joints["right_wrist"][0] < -0.8


# ---- criteria ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yaw_deg", [0.0, 15.0, 90.0])
@pytest.mark.parametrize("stick", [FOLD, GUIDING, Stick(seated=True)], ids=["fold", "guiding", "seated"])
def test_no_tolerance_is_smaller_than_the_error(tmp_path, stick, yaw_deg):
    found = recorded(stick_track(stick, n=30, yaw_deg=yaw_deg))
    assert found.proposals
    write(found, tmp_path)
    library = load_library(extra=tmp_path)
    own = {a.criterion.id: a for a in library.criteria_of("mine")}
    for proposal in found.proposals:
        active = own[proposal.criterion.id]
        assert not active.refused and set(active.errors) == {found.view}
        assert active.criterion.tightest() >= 1.25 * active.errors[found.view] - 1e-9
        least = {"deg": 8.0, "_sw": 0.12, "_tl": 0.10}[active.criterion.measure[-3:]]
        assert active.criterion.tightest() >= least - 1e-9


def test_targets_are_medians_and_spread_widens_the_tolerance():
    calm = {p.criterion.measure: p for p in recorded(stick_track(GUIDING, n=40)).proposals}
    assert calm["right_arm_sideways_deg"].criterion.target == pytest.approx(70, abs=0.5)
    assert calm["right_arm_sideways_deg"].criterion.tightest() == pytest.approx(1.25 * 9, abs=0.1)
    slow = [replace(GUIDING, arm_out=(12.0, 70.0 + 9 * np.sin(i / 20))) for i in range(126)]
    swaying = {p.criterion.measure: p for p in recorded(stick_track(slow)).proposals}
    spread = swaying["right_arm_sideways_deg"].spread
    assert spread == pytest.approx(9 / 2**0.5, rel=0.05)
    assert swaying["right_arm_sideways_deg"].criterion.tightest() == pytest.approx(2.5 * spread, abs=0.1)


def test_limits_that_cannot_be_passed_are_left_out():
    by_measure = {p.criterion.measure: p.criterion for p in recorded(stick_track(FOLD, n=30)).proposals}
    assert by_measure["knee_min_deg"].allowed.high is None
    assert all(c.allowed.low is None or c.allowed.low > 0 or m == "toe_out_deg" for m, c in by_measure.items())


def test_what_fits_is_taken_over_and_not_limited_twice():
    found = recorded(stick_track(FOLD, n=30), like="stand_front_fold")
    assert found.pose.include == ("upright", "standing", "front_fold") and not found.left_out
    assert not {p.criterion.measure for p in found.proposals} & {"wrist_gap_sw", "hands_height_tl", "ankle_gap_sw"}


def test_what_the_model_does_not_keep_to_is_left_out_and_told():
    found = recorded(stick_track(GUIDING, n=30), like="stand_front_fold")
    assert found.pose.include == ("upright", "standing")
    assert "fold_hands_together" in {c.id for c in found.left_out}
    assert not [c for c in found.pose.criteria if "fold" in c.id], "nothing of a form that is not held"
    assert "wrist_gap_sw" in {p.criterion.measure for p in found.proposals}
    wide = recorded(stick_track(replace(FOLD, feet_apart=1.6), n=30), like="stand_front_fold")
    assert "standing" not in wide.pose.include
    ids = {c.id for c in wide.pose.criteria}
    assert {"mine_stand_weight_even", "mine_ankle_gap_sw"} <= ids and "mine_stand_feet_not_wide" not in ids


def test_the_most_similar_pose_of_the_kind_is_the_pattern():
    assert recorded(stick_track(Stick(), n=30)).like.id == "stand_hands_sides"
    seated = recorded(stick_track(replace(FOLD, seated=True), n=30))
    assert seated.pose.kind == "sitting" and seated.like.kind == "sitting"


def test_hands_are_measured_in_shoulder_widths_where_the_hips_are_hidden():
    seen_hips = {p.criterion.measure for p in recorded(stick_track(GUIDING, n=30)).proposals}
    hidden = {p.criterion.measure for p in recorded(behind_counter(stick_track(GUIDING, n=30))).proposals}
    assert "hands_height_tl" in seen_hips and "hands_height_sw" not in seen_hips
    assert "hands_height_sw" in hidden and "hands_height_tl" not in hidden
    assert "right_elbow_deg" not in seen_hips, "its error is too large"


# ---- the file ---------------------------------------------------------------------------------------------------


def test_the_file_is_what_was_recorded_and_is_readable(tmp_path):
    found = recorded(stick_track(GUIDING, n=30), name='我的 "引导" 姿势: #1\n{x}')
    path = write(found, tmp_path / "new" / "folder")
    pose, parsed = read(path, ReferencePose)
    assert pose == found.pose and pose.names.zh == pose.names.en == '我的 "引导" 姿势: #1 {x}'
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Recorded with posture ") and "示范 clip.mp4" in text.splitlines()[0]
    assert 'note: "recorded from 示范 clip.mp4, stretch 0.0 to 2.9 s, mean ' in text
    assert parsed.line_of(("criteria", 0, "allowed")) > parsed.line_of(("criteria", 0, "measure"))
    assert [p.name for p in path.parent.iterdir()] == ["mine.yaml"]
    for criterion in (p.criterion for p in found.proposals):
        for words in (criterion.title, criterion.cue, criterion.reason):
            assert CHINESE.search(words.zh) and not CHINESE.search(words.en)
        assert criterion.own_choice and criterion.sources == ("OWN",)


@pytest.mark.parametrize("identifier", ["no", "null", "true", "y", "off"])
def test_ids_that_yaml_takes_for_something_else(tmp_path, identifier):
    path = write(recorded(stick_track(FOLD, n=30), identifier=identifier), tmp_path)
    assert read(path, ReferencePose)[0].id == identifier


def test_a_file_name_that_is_no_text(tmp_path):
    observation = replace(observed(stick_track(FOLD, n=30)), source_name="a\udce4\x1b\n: b.mp4")
    path = write(record_observed(observation, "x", "mine", LIBRARY, FPS), tmp_path)
    assert read(path, ReferencePose)[0].id == "mine"


def test_nothing_is_overwritten_unless_asked_for(tmp_path):
    found = recorded(stick_track(FOLD, n=30))
    path = write(found, tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    with pytest.raises(ReferenceFileError) as caught:
        write(found, tmp_path)
    told_in_both_languages(caught.value, "--force")
    assert path.read_text(encoding="utf-8").endswith("# edited\n")
    write(found, tmp_path, overwrite=True)
    assert path.read_text(encoding="utf-8") == found.text
    path.rename(tmp_path / "renamed.yaml")
    with pytest.raises(ReferenceFileError) as caught:
        require_free("mine", tmp_path, overwrite=True)
    told_in_both_languages(caught.value, "renamed.yaml")


def test_own_poses_are_found_at_once_and_recognised_by_themselves(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path / "none yet"))
    assert user_poses_dir() == tmp_path / "none yet" and load_library().own == ()
    write(recorded(stick_track(GUIDING, n=30)), user_poses_dir())
    library = load_library()
    assert library.own == ("mine",) and "mine" in {p.id for p in library.candidates()}
    shared = {a.criterion.id for a in library.common_criteria("standing")}
    assert shared == {a.criterion.id for a in LIBRARY.common_criteria("standing")}, "what is common stays common"
    write(recorded(stick_track(FOLD, n=30), identifier="second"), user_poses_dir())
    assert load_library().own == ("mine", "second")
    again = record_observed(observed(stick_track(GUIDING, n=30)), "Mine", "mine", load_library(), FPS)
    assert again.like.id != "mine", "a pose recorded anew is not its own pattern"
    of_own = record_observed(observed(stick_track(GUIDING, n=30)), "C", "third", load_library(), FPS, like="mine")
    assert "third_wrist_gap_sw" in {c.id for c in of_own.pose.criteria}
    write(of_own, user_poses_dir())
    assert len(load_library().own) == 3


def test_a_broken_file_of_one_s_own_is_told_with_its_line(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    path = write(recorded(stick_track(FOLD, n=30)), tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("kind: standing", "kind: flying"), encoding="utf-8")
    with pytest.raises(ReferenceProblems, match=r"mine\.yaml, line 4, field kind"):
        load_library()
    load_files.cache_clear()


def test_tests_never_see_the_user_s_own_poses(no_own_poses):
    assert user_poses_dir() == no_own_poses and LIBRARY.own == () and not list(no_own_poses.iterdir())


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("My Pose 2", "my_pose_2"), ("Café au lait!", "cafe_au_lait"), ("3 steps", "own_3_steps"), ("前腹式", "own_1"),
     ("前腹式 A", "own_1"), ("!!!", "own_1"), ("x" * 200, "x" * 56)],
)  # fmt: skip
def test_the_id_comes_from_the_name(tmp_path, name, identifier):
    assert free_identifier(name, tmp_path, LIBRARY) == identifier


def test_chinese_names_are_numbered(tmp_path):
    (tmp_path / "own_1.yaml").touch()
    assert free_identifier("引导", tmp_path, LIBRARY) == "own_2"
    known = replace(LIBRARY, poses=LIBRARY.poses | {"own_2": LIBRARY.poses["sit_upright"]})
    assert free_identifier("引导", tmp_path, known) == "own_3"


# ---- refusals ---------------------------------------------------------------------------------------------------


def told_in_both_languages(error: PostureError, words=""):
    zh, en = error.in_language("zh"), error.in_language("en")
    assert CHINESE.search(zh) and zh.endswith("。") and not CHINESE.search(en.replace("示范 clip.mp4", ""))
    assert words in en, en


ARMS = (Pose.LEFT_ELBOW, Pose.RIGHT_ELBOW, Pose.LEFT_WRIST, Pose.RIGHT_WRIST)
FOLDED = (FOLD, 30)
REFUSED = {
    "nobody": (lambda: [], {}, "Nobody"),
    "several": (lambda: [stick_track(*FOLDED), stick_track(*FOLDED, person=2)], {}, "--person"),
    "no_person": (lambda: [stick_track(*FOLDED)], {"person": 7}, "no person 7"),
    "in motion": (lambda: [moving(stick_track(*FOLDED))], {}, "2 seconds"),
    "too short": (lambda: [stick_track(FOLD, 15)], {}, "2 seconds"),
    "small": (lambda: [stick_track(*FOLDED, width_px=30.0)], {}, "too small in the picture (30"),
    "small from the side": (lambda: [stick_track(*FOLDED, yaw_deg=90.0, width_px=35.0)], {}, "too small"),
    "oblique": (lambda: [stick_track(*FOLDED, yaw_deg=45.0)], {}, "front or the side"),
    "from behind": (lambda: [stick_track(*FOLDED, yaw_deg=180.0)], {}, "front or the side"),
    "no arms": (lambda: [stick_track(*FOLDED, unseen=ARMS)], {}, "Too little"),
    "no hips from the side": (
        lambda: [stick_track(*FOLDED, yaw_deg=90.0, unseen=(Pose.LEFT_HIP, Pose.RIGHT_HIP))], {}, "Too little"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_recorded_is_refused_with_a_sentence(case):
    tracks, options, words = REFUSED[case]
    with pytest.raises(UnusableInputError) as caught:
        recorded(*tracks(), **options)
    told_in_both_languages(caught.value, words)


def test_one_of_several_can_be_chosen():
    left, right = stick_track(FOLD, 30), stick_track(GUIDING, 30, person=2)
    assert recorded(left, right, person=2).pose.joints["right_wrist"][0] < -0.8


@pytest.mark.parametrize(
    ("identifier", "name", "words"),
    [("mine", " \n", "needs a name"), ("Mine", "x", "lower-case"), ("a" * 61, "x", "at most 60"),
     ("", "x", "cannot be"), ("auto", "x", "belongs to the program"), ("sit_upright", "x", "belongs to the program"),
     ("mid_guide", "x", "belongs to the program")],
)  # fmt: skip
def test_names_and_ids_are_checked_before_anything_is_looked_at(identifier, name, words):
    with pytest.raises(ReferenceFileError) as caught:
        record(Path("no such.mp4"), name, identifier, LIBRARY, ObserveSettings())
    told_in_both_languages(caught.value, words)
    for like in ("headstand", "mid_guide"):
        with pytest.raises(ReferenceFileError, match=like):
            record(Path("no such.mp4"), "x", "mine", LIBRARY, ObserveSettings(), like=like)


# ---- a real clip ------------------------------------------------------------------------------------------------

SETTINGS = ObserveSettings(fps=5.0)


def test_a_recorded_pose_judges_its_own_clip_right_and_faults_wrong(bundles, samples, tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_REFERENCE_DIR", str(tmp_path))
    clip = samples / "standing_correct.mp4"
    found = record(clip, "前腹式示范", "own_1", load_library(), SETTINGS)
    assert found.view == View.FRONT and found.pose.kind == "standing" and found.like.id == "stand_front_fold"
    assert 0 <= found.stretch_s[0] < 1 and 12 < found.stretch_s[1] <= 14.9, "the clip folds its hands up to 14 s"
    assert len(found.proposals) >= 4 and found.pose.joints["left_elbow"][0] > 0.2
    write(found, user_poses_dir())
    own = {c.id for c in found.pose.criteria}

    def verdicts(checked):
        (person,) = checked.result.people
        return {r.criterion: r.verdict for r in person.results if r.criterion in own}

    by_itself = check(clip, CheckOptions(observe=SETTINGS))
    assert "own_1" in {s.pose for s in by_itself.result.people[0].segments}, "auto recognises it"
    assert set(verdicts(by_itself).values()) <= {Verdict.OK, Verdict.NOT_ASSESSABLE}
    (track,) = by_itself.observation.tracks
    held = replace(by_itself.observation, tracks=(track.part(track.time_s <= found.stretch_s[1]),))
    asked = CheckOptions(pose="own_1", observe=SETTINGS)
    assert set(verdicts(judge_observation(held, load_library(), asked)).values()) == {Verdict.OK}
    faults = verdicts(check(samples / "standing_faults.mp4", asked))
    assert Verdict.DEVIATION in faults.values()


def test_the_command_records_and_says_how_to_go_on(bundles, samples, tmp_path):
    out = tmp_path / "自备"
    arguments = ("reference", "record", samples / "standing_correct.mp4", "--name", "Our fold", "--out", out)
    done = run(*arguments, cwd=tmp_path)
    no_traceback(done)
    assert done.returncode == 0, done.stderr
    for words in ("Written: ", "View: front", "at least 169", "--pose our_fold", "POSTURE_REFERENCE_DIR"):
        assert words in done.stdout, done.stdout
    assert run("check", samples / "standing_correct.mp4", POSTURE_REFERENCE_DIR=str(out)).stdout.count("Our fold") == 2
    again = run(*arguments, "--lang", "zh", cwd=tmp_path)
    assert again.returncode == 2 and "已存在" in again.stderr
    forced = run(*arguments, "--lang", "zh", "--force", cwd=tmp_path)
    assert forced.returncode == 0 and "允许范围" in forced.stdout and "用它检查" in forced.stdout


def test_wrong_input_to_the_command_is_a_sentence(bundles, samples, tmp_path, tmp_path_factory):
    person = next(iter(frames_at(samples / "standing_correct.mp4", [3.0]))).image[:, 190:450]
    two = film(tmp_path_factory.mktemp("two") / "two.mp4", [np.concatenate([person, person], 1)] * 16, fps=4)
    for arguments, words in (
        (("no such.mp4", "--name", "x"), "There is no file"),
        ((two,), "--name"),
        ((two, "--name", "x", "--id", "x" * 300), "at most 60"),
        ((two, "--name", "x"), "2 people"),
    ):
        result = run("reference", "record", *arguments, "--out", tmp_path / "o", cwd=tmp_path)
        no_traceback(result)
        assert result.returncode == 2 and words in result.stderr, result.stderr
        assert list(tmp_path.iterdir()) == []
