"""Reports: complete, escaped, in one language, self-contained; pictures and video that show what they should."""

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from posture.check import CheckOptions, check, judge_observation
from posture.errors import OutputError
from posture.findings import CategoryScore, ItemScore
from posture.landmarks import Observation, Speech, Stretch
from posture.library import load_library
from posture.references import Override
from posture.report.console import print_summary
from posture.report.draw import _DARK, FAULT, HEAD, blur_face, crop_box, draw_label, draw_skeleton
from posture.report.evidence import pictures
from posture.report.html import render_html, write_html
from posture.report.json_file import to_json, write_json
from posture.report.labels import Report, by_importance, clock
from posture.report.portrait import best_moment, portraits
from posture.report.video import pose_between, webvtt, write_video
from posture.video import Frame, probe
from tests.stick_figure import Stick, stick_track

CHINESE = re.compile(r"[\u4e00-\u9fff]")
HOSTILE = "<script>alert('x')</script>&\"窗口\".mp4"


def checked_sticks(name="a.mp4", people=1, kind="video", override=None):
    """A check of stick people: upright, tilted shoulders, upright, crossed arms."""
    crossed = Stick(arm_out=(4, 4), arm_forward=(15, 15), elbow=(85, 85), forearm_in=(88, 88))
    plan = [Stick()] * 60 + [Stick(shoulder_tilt=11)] * 40 + [Stick()] * 30 + [crossed] * 30
    tracks = tuple(
        stick_track(plan if kind == "video" else plan[60:61], person=k + 1, at_px=(300 + 350 * k, 450))
        for k in range(people)
    )
    times = tracks[0].time_s if tracks else np.arange(5.0)
    observation = Observation(
        tracks, name, "ab" * 32, (1000, 1000), kind, 16.0 if kind == "video" else 0.0, times,
        damage=((1.0, 2.0, "corrupt_picture"),), provenance={"settings": '{"fps": 10.0}', "posture": "0.1.0"},
    )  # fmt: skip
    library = load_library()
    changes = {name: Override.model_validate(one) for name, one in (override or {}).items()}
    profile = library.profile.model_copy(update={"override": library.profile.override | changes})
    return judge_observation(observation, replace(library, profile=profile), CheckOptions())


def still(path, times):
    for t in times:
        yield Frame(0, t, np.full((1000, 1000, 3), 200, np.uint8))


class Visible(HTMLParser):
    """Collects the words that a reader sees and everything that a page could load."""

    def __init__(self):
        super().__init__()
        self.words, self.loads, self._skip, self.tags = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._skip += tag in ("style", "script")
        self.loads += [v for k, v in attrs if k in ("src", "href", "srcset", "data", "action")]
        self.words += [v for k, v in attrs if k in ("alt", "title", "aria-label") and v]

    def handle_endtag(self, tag):
        self._skip -= tag in ("style", "script")

    def handle_data(self, data):
        if not self._skip:
            self.words.append(data)


def seen_in(html):
    parser = Visible()
    parser.feed(html)
    return parser


def page(tmp_path, language="en", **how):
    source = tmp_path / "source.mp4"
    source.touch()
    return render_html(Report(checked_sticks(**how), language, source), still)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_tells_everything_and_loads_nothing(tmp_path, language):
    html = page(tmp_path, language)
    parser = seen_in(html)
    text = " ".join(parser.words)
    expected = {
        "zh": ("双肩平正", "双肩放平", "仪态检查报告", "误差", "无法评定", "部分画面受损"),
        "en": ("shoulders level", "Level your shoulders", "Posture report", "Could not be assessed", "damaged parts"),
    }
    for words in expected[language]:
        assert words in text, words
    assert "ab" * 32 in text, "the recording's hash"
    assert all(v.startswith("data:image/jpeg;base64,") for v in parser.loads)
    assert "http" not in html.replace("http-equiv", "")
    assert html.count("data:image/jpeg") == 2
    assert "script" not in parser.tags


def test_each_language_is_free_of_the_other(tmp_path):
    english = " ".join(seen_in(page(tmp_path, "en")).words)
    assert not CHINESE.search(english)
    chinese = " ".join(seen_in(page(tmp_path, "zh")).words)
    chinese = re.sub(r"\{[^}]*\}|[0-9a-f]{64}|\[\w+\]|a\.mp4|SHA-256|--camera-roll|settings|auto|fps", "", chinese)
    assert not re.search(r"[A-Za-z]{3,}", chinese), re.findall(r"[A-Za-z]{3,}", chinese)


def test_the_scorecard_tells_what_each_norm_cost_and_where_its_cap_was_reached(tmp_path):
    prices = {"shoulders_level": {"points": 1.5, "cap": 4}, "taboo_arms_crossed": {"points": 3, "cap": 3}}
    checked = checked_sticks(override=prices)
    for text in (page(tmp_path, override=prices), told(checked, "en")):
        assert "shoulders level: 1 × 1.5" in text and "−1.5" in text
        assert "no crossed arms: 1 × 3" in text and "−3" in text
    (person,) = to_json(Report(checked, "en"))["people"]
    posture = next(c for c in person["score"]["categories"] if c["category"] == "posture")
    (item,) = [i for i in posture["items"] if i["criterion"] == "shoulders_level"]
    assert item == {"criterion": "shoulders_level", "counts": [[1, 1.5]], "deducted": 1.5, "cap": 4}


def test_why_a_deviation_costs_nothing_is_told():
    report = Report(checked_sticks(override={"shoulders_level": {"cap": 1, "points": 1}}), "en")
    (d,) = [d for d in report.checked.result.people[0].deviations if d.criterion == "shoulders_level"]
    assert report.remark(d) == ""
    assert "the most that can be lost by this norm (1)" in report.remark(replace(d, points=0.0))
    assert "no points for it" in report.remark(replace(d, points=0.0, price=0.0))
    assert "repeated within 10 s" in report.remark(replace(d, points=0.0, times=0))
    full = CategoryScore("taboo", 10, 5.0, 5.0, (ItemScore("taboo_arms_crossed", ((2, 3.0),), 6.0, None),))
    assert report.deducted(full) == "all of it: −5.0"
    assert report.deducted(replace(full, deducted=6.0, assessable=10)) == "−6.0"
    capped = ItemScore("shoulders_level", ((2, 0.5), (1, 2.0)), 2.5, 2.5)
    assert report.counts(capped) == "2 × 0.5 + 1 × 2 (at most 2.5)"


def test_hostile_names_are_text(tmp_path):
    html = page(tmp_path, name=HOSTILE)
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "script" not in seen_in(html).tags


def test_nobody_several_people_and_photos(tmp_path):
    assert "Nobody was found" in page(tmp_path, people=0)
    several = page(tmp_path, people=2)
    assert "Person 1" in several and "Person 2" in several
    photo = page(tmp_path, kind="photo")
    assert "photo" in photo and "Timeline" not in photo
    text = " ".join(seen_in(photo).words)
    assert "1.0 s" not in text and "Worst moment" not in text, "a photo has no seconds"


def test_without_the_recording_the_page_still_stands(tmp_path):
    html = render_html(Report(checked_sticks(), "en", tmp_path / "gone.mp4"))
    assert "no picture" in html and "data:image" not in html


def test_only_the_most_important_pictures_are_kept(tmp_path):
    (tmp_path / "s.mp4").touch()
    report = Report(checked_sticks(), "en", tmp_path / "s.mp4")
    kept = pictures(report, still, most=1)
    assert [d.criterion for d in kept] == ["taboo_arms_crossed"]


def test_importance_puts_the_dearest_first_and_consequences_last():
    (person,) = checked_sticks().result.people
    order = by_importance(person.deviations)
    assert [d.criterion for d in order] == ["taboo_arms_crossed", "shoulders_level"]
    assert by_importance([replace(order[0], follows_from="x", points=0), order[1]])[0] is order[1]


def told(checked, language, width=90):
    out = io.StringIO()
    print_summary(Report(checked, language), Console(file=out, width=width, force_terminal=False))
    return out.getvalue()


@pytest.mark.parametrize(("language", "words"), [("en", "no crossed arms"), ("zh", "不抱胸")])
def test_the_terminal_tells_the_same_without_colour(language, words):
    text = told(checked_sticks(name="[bold]x[/bold].mp4"), language)
    assert words in text and "\x1b" not in text
    assert "[bold]x[/bold].mp4" in text, "a file name is no markup"
    for line in text.split("\n"):
        wide = sum(2 if CHINESE.match(c) or c in "，。：（）、；" else 1 for c in line)
        assert wide <= 92, line


def test_json_is_plain_complete_and_without_nan(tmp_path):
    data = to_json(Report(checked_sticks(), "en"))
    text = json.dumps(data, allow_nan=False)
    again = json.loads(text)
    (person,) = again["people"]
    crossed = next(c for c in person["criteria"] if c["id"] == "taboo_arms_crossed")
    assert crossed["verdict"] == "deviation" and crossed["unit"] == "sw" and crossed["allowed"] == [0.0, None]
    assert crossed["deviations"][0]["start_s"] == pytest.approx(13.0, abs=0.4)
    assert {c["verdict"] for c in person["criteria"]} >= {"ok", "deviation", "not_assessable"}
    write_json(Report(checked_sticks(), "zh"), tmp_path / "r.json")
    assert "抱胸" in (tmp_path / "r.json").read_text(encoding="utf-8")


def test_nothing_half_written_when_writing_fails(tmp_path):
    def broken(path, times):
        raise KeyboardInterrupt
        yield

    (tmp_path / "s.mp4").touch()
    with pytest.raises(KeyboardInterrupt):
        write_html(Report(checked_sticks(), "en", tmp_path / "s.mp4"), tmp_path / "r.html", broken)
    assert [p.name for p in tmp_path.iterdir()] == ["s.mp4"]


def test_faulty_joints_stand_out_and_unseen_ones_are_not_drawn():
    track = stick_track(Stick())
    plain, marked = (np.full((1000, 1000, 3), 255, np.uint8) for _ in range(2))
    draw_skeleton(plain, track.pose_px[0])
    draw_skeleton(marked, track.pose_px[0], (11, 12))
    orange = np.array(FAULT)
    assert not (plain == orange).all(2).any() and (marked == orange).all(2).sum() > 200
    nothing = np.full((1000, 1000, 3), 255, np.uint8)
    draw_skeleton(nothing, np.full((33, 3), np.nan))
    assert (nothing == 255).all()


def test_a_blurred_face_cannot_be_told(footage):
    image = np.asarray(Image.open(footage / "single_face.jpg").convert("RGB")).copy()
    before = image.copy()
    pose = stick_track(Stick(), at_px=(286, 520), width_px=230).pose_px[0]
    blur_face(image, pose)
    low, high = pose[[0, 2, 5, 7, 8], :2].min(0).astype(int), pose[[0, 2, 5, 7, 8], :2].max(0).astype(int)
    face = np.s_[low[1] : high[1], low[0] : high[0]]
    detail = [np.abs(np.diff(i[face].astype(float), axis=1)).mean() for i in (before, image)]
    assert detail[1] < 0.35 * detail[0]
    assert (before[-5:] == image[-5:]).all(), "what is no face stays as it is"


def test_blur_spares_only_the_reported_person(tmp_path):
    (tmp_path / "s.mp4").touch()
    checked = checked_sticks(people=2)
    textured = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype=np.uint8)

    def noise(path, times):
        for t in times:
            yield Frame(0, t, textured)

    plain = pictures(Report(checked, "en", tmp_path / "s.mp4"), noise)
    all_blurred = pictures(Report(checked, "en", tmp_path / "s.mp4", "all"), noise)
    assert all(plain[d] != all_blurred[d] for d in plain)


def plates(image):
    """(N, 2) pixels of the dark plates of labels."""
    return np.argwhere((image == _DARK).all(2))


@pytest.mark.parametrize("ground", [0, 255])
def test_who_it_is_stands_above_the_head_on_any_ground(ground):
    pose, image = stick_track(Stick()).pose_px[0], np.full((1000, 1000, 3), ground, np.uint8)
    draw_label(image, pose, "5 王芳")
    plate = plates(image)
    assert len(plate) and abs(plate[:, 1].mean() - pose[0, 0]) < 15 and plate[:, 0].max() < pose[list(HEAD), 1].min()
    top, left, bottom, right = *plate.min(0), *plate.max(0)
    inside = image[top : bottom + 1, left : right + 1]
    assert (inside > 200).all(2).sum() > 60, "light letters on the dark plate"
    other = np.full_like(image, ground)
    draw_label(other, pose, "5 ??")
    assert not np.array_equal(image, other), "Chinese letters are no question marks"
    nobody = np.full_like(image, ground)
    draw_label(nobody, np.full((33, 3), np.nan), "5")
    draw_label(nobody, pose, "")
    assert (nobody == ground).all()


def test_labels_stay_in_the_picture_and_keep_away_from_each_other():
    pose, taken = stick_track(Stick()).pose_px[0], []
    high = pose - (0, 190, 0)
    image = np.zeros((1000, 1000, 3), np.uint8)
    for k in range(3):
        draw_label(image, high, f"{k} {'long' * 20}", taken)
    assert all(0 <= b[0] < b[2] <= 1000 and 0 <= b[1] < b[3] <= 1000 for b in taken)
    rows = sorted((b[1], b[3]) for b in taken)
    assert all(a[1] <= b[0] for a, b in pairwise(rows))


def test_one_person_without_a_name_needs_no_label():
    assert Report(checked_sticks(), "en").label(1) == ""
    assert Report(checked_sticks(), "en", names={1: "王芳"}).label(1) == "1 王芳"
    assert [Report(checked_sticks(people=2), "en", names={1: "王芳"}).label(n) for n in (1, 2)] == ["1 王芳", "2"]


def test_everybody_has_a_portrait_from_the_same_reading_of_the_recording(tmp_path):
    (tmp_path / "s.mp4").touch()
    readings = []

    def source(path, times):
        readings.append(times)
        yield from still(path, times)

    html = render_html(Report(checked_sticks(people=2), "en", tmp_path / "s.mp4", names={2: "Li <b>"}), source)
    assert len(readings) == 1 and html.count('class="portrait"') == 2
    assert "Li &lt;b&gt; <small>Person 2</small>" in html and 'alt="Person 1 at a moment' in html


def test_a_portrait_is_taken_where_the_person_is_seen_best_and_hides_others_when_asked(tmp_path):
    (tmp_path / "s.mp4").touch()
    checked = checked_sticks(people=2)
    first, second = checked.observation.tracks
    first.visibility[:100] *= 0.3
    second.pose_px[120:, :, 0] -= 330  # comes to stand right before the first
    assert 100 <= best_moment(first, (first, second)) < 120
    nobody = replace(first, pose_px=np.full_like(first.pose_px, np.nan))
    assert best_moment(nobody, (nobody, second)) is None
    textured = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype=np.uint8)
    second.pose_px[..., 0] = first.pose_px[..., 0] + 60

    def noise(path, times):
        for t in times:
            yield Frame(0, t, textured)

    taken = {blur: portraits(Report(checked, "en", tmp_path / "s.mp4", blur), [1], noise)[1]
             for blur in ("none", "others", "all")}  # fmt: skip
    assert len(set(taken.values())) == 3


def test_the_crop_holds_the_person_and_stays_in_the_picture():
    image = np.zeros((1000, 1000, 3), np.uint8)
    left, top, right, bottom = crop_box(image, stick_track(Stick()).pose_px[0])
    assert 0 <= left < 420 and 580 < right <= 1000 and 0 <= top < 240 and 680 < bottom <= 1000
    assert crop_box(image, np.full((33, 3), np.nan)) == (0, 0, 1000, 1000)


def test_landmarks_are_interpolated_between_near_samples_only():
    track = stick_track([Stick(), Stick(trunk_side=10)])
    between = pose_between(track, 0.05)
    assert between[11, 0] == pytest.approx((track.pose_px[0, 11, 0] + track.pose_px[1, 11, 0]) / 2)
    assert pose_between(track, 0.1) is not None and pose_between(track, 3.0) is None
    gap = replace(track, time_s=np.array([0.0, 2.0]))
    assert pose_between(gap, 1.0) is None


def test_subtitles_are_webvtt_and_escaped():
    text = webvtt(Report(checked_sticks(people=2), "zh"))
    assert text.startswith("WEBVTT\n\n")
    cues = re.findall(r"(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})\n(.+)", text)
    assert len(cues) == 4 and all("第" in c[2] and "→" in c[2] for c in cues)
    assert [c[0] for c in cues] == sorted(c[0] for c in cues) and all(a < b for a, b, _ in cues)
    named = webvtt(Report(checked_sticks(people=2), "zh", names={1: "<b>"}))
    assert "\n&lt;b&gt;: " in named and "第 1" not in named


@pytest.mark.usefixtures("bundles")
def test_the_annotated_video_plays_at_the_same_times(samples, tmp_path):
    source = samples / "standing_faults.mp4"
    checked = check(source)
    subtitles = write_video(Report(checked, "en", source), tmp_path / "o.mp4")
    info = probe(tmp_path / "o.mp4")
    assert (info.codec, info.width, info.height) == ("h264", 640, 480)
    assert info.duration_s == pytest.approx(checked.result.duration_s, abs=0.2)
    assert "Uncross your arms" in subtitles.read_text(encoding="utf-8")
    with av.open(str(tmp_path / "o.mp4")) as video:
        assert video.streams.video[0].codec_context.pix_fmt == "yuv420p" and not video.streams.audio
        pictures = [(p.time, p.to_ndarray(format="rgb24")) for p in video.decode(video=0) if 39 < p.time < 40]
    orange = [((np.abs(p.astype(int) - FAULT) < 40).all(2)).sum() for _, p in pictures]
    assert min(orange) > 100, "crossed arms are marked"


def test_a_photo_has_no_video(tmp_path):
    with pytest.raises(OutputError, match="is a photo"):
        write_video(Report(checked_sticks(kind="photo"), "en", tmp_path / "p.png"), tmp_path / "o.mp4")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00.0"), (59.96, "01:00.0"), (61.25, "01:01.2"), (3725.5, "1:02:05.5")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("speech", "english", "chinese"),
    [
        (Speech((Stretch(1.0, 4.0, 0.9), Stretch(5.0, 6.25, 0.8)), ((0.0, 16.0),), model="m 1"), "4.2 s in 2", "2 段"),
        (Speech(reason="no_sound"), "no sound track", "没有声音"),
        (Speech(reason="silent"), "silent", "静音"),
        (Speech(reason="undecodable"), "cannot be read", "无法读取"),
        (Speech(reason="no_model"), "posture doctor", "posture doctor"),
    ],
)
def test_when_somebody_spoke_is_one_line(speech, english, chinese):
    plain = checked_sticks()
    observation = replace(plain.observation, speech=speech)
    checked = judge_observation(observation, plain.library, CheckOptions())
    for language, words in (("en", english), ("zh", chinese)):
        report = Report(checked, language)
        data = to_json(report)
        told = [note["text"] for note in data["notes"] if note["id"].startswith("check.notes.speech")]
        assert len(told) == 1 and words in told[0]
        assert told[0] in render_html(report, still).replace("&#34;", '"').replace("&#39;", "'")
        assert data["speech"]["reason"] == (speech.reason or None)
        assert data["speech"]["total_s"] == (None if speech.reason else 4.25)
    json.dumps(data, allow_nan=False)


def test_nothing_is_said_of_speech_when_nobody_listened():
    data = to_json(Report(checked_sticks(), "en"))
    assert data["speech"] is None
    assert not [note for note in data["notes"] if "speech" in note["id"]]
