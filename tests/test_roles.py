"""Who is clerk, client or passer-by, on stick people: by place and behaviour, or by a region."""

import io
from dataclasses import replace

import numpy as np
import pytest

from posture.check import CheckOptions, judge_observation, seen
from posture.errors import UnusableInputError
from posture.findings import Role
from posture.landmarks import Observation, Pose
from posture.library import load_library
from posture.report.console import print_summary
from posture.report.html import render_html
from posture.report.json_file import to_json
from posture.report.labels import Report
from posture.roles import inside, parse_region, roles
from tests.stick_figure import Stick, stick_track

LEGS = list(range(Pose.LEFT_KNEE, Pose.RIGHT_FOOT_INDEX + 1))
SIZE = (1600, 900)
LENGTH_S = 20.0


def person(number, xs, start_s=0.0, yaw_deg=0, counter=False, y=400.0, size=90.0):
    """Somebody whose hips are at `xs` (T,) pixels, ten samples a second from `start_s`."""
    track = stick_track([Stick()] * len(xs), at_px=(0, y), width_px=size, image_size=SIZE, yaw_deg=yaw_deg)
    track.pose_px[..., 0] += np.asarray(xs, np.float32)[:, None]
    if counter:
        track.visibility[:, LEGS] = 0.2
    return replace(track, person=number, time_s=start_s + np.arange(len(xs)) / 10)


def stay(x, seconds):
    return np.full(round(seconds * 10), float(x))


def walk(a, b, seconds):
    return np.linspace(a, b, round(seconds * 10))


CLERK = person(1, stay(800, LENGTH_S), counter=True)
PASSER = person(2, walk(50, 1500, 5), start_s=4, yaw_deg=90)
CLIENT_XS = np.concatenate([walk(100, 700, 3), stay(700, 8), walk(700, 100, 3)])
CLIENT = person(3, CLIENT_XS, start_s=3, y=480, size=110)
TRAINEE = person(4, stay(1200, LENGTH_S))


def found(*tracks, region=None, duration_s=LENGTH_S):
    return [(one.role, one.reason) for one in roles(tracks, [seen(t) for t in tracks], duration_s, region)]


def test_a_window_with_clerk_client_and_passer_by():
    assert found(CLERK, PASSER, CLIENT) == [
        (Role.CLERK, "behind_counter"),
        (Role.BYSTANDER, "walks_through"),
        (Role.CLIENT, "comes_and_goes"),
    ]


def test_who_stands_at_the_window_with_the_back_to_the_camera_is_a_client():
    back = person(3, stay(700, LENGTH_S), yaw_deg=180, y=480)
    assert found(CLERK, back)[1] == (Role.CLIENT, "seen_from_behind")


def test_who_sits_with_the_back_to_the_camera_is_a_client_though_nothing_shows_the_knees():
    """The own body hides them as a counter would."""
    back = person(3, stay(700, LENGTH_S), yaw_deg=180, y=480, counter=True)
    assert found(CLERK, back) == [(Role.CLERK, "behind_counter"), (Role.CLIENT, "seen_from_behind")]


def test_a_colleague_who_comes_to_the_counter_is_no_client():
    colleague = person(3, CLIENT_XS, start_s=3, counter=True)
    assert found(CLERK, colleague)[1] == (None, "unsure")


def test_in_a_drill_nobody_is_taken_for_anything():
    row = [person(n, stay(200 + 200 * n, LENGTH_S)) for n in range(1, 7)]
    assert found(*row) == [(None, "unsure")] * 6
    assert found(*row, PASSER)[-1] == (Role.BYSTANDER, "walks_through")


def test_a_practice_of_walking_is_no_walking_through():
    other = person(5, walk(1500, 50, 5), start_s=2, yaw_deg=-90)
    assert found(PASSER) == [(None, "unsure")]
    assert found(PASSER, other) == [(None, "unsure")] * 2


def test_who_stops_does_not_only_walk_through():
    stops = person(2, np.concatenate([walk(50, 600, 2), stay(600, 4), walk(600, 1500, 3)]))
    assert found(TRAINEE, stops)[1] == (None, "unsure")


def test_a_fragment_of_somebody_who_stands_is_no_walking_through():
    assert found(TRAINEE, person(2, stay(500, 1.5), start_s=3))[1] == (None, "unsure")


def test_a_region_decides_whatever_the_place():
    region = parse_region("0.4,0.1,0.6,0.9")
    inner, outer = person(1, stay(800, LENGTH_S)), person(2, stay(300, LENGTH_S))
    assert found(inner, outer, PASSER, region=region) == [
        (Role.CLERK, "in_region"),
        (Role.CLIENT, "outside_region"),
        (Role.BYSTANDER, "walks_through"),
    ]


def test_what_somebody_says_goes_before_everything_and_is_no_news_where_it_is_found_anyway():
    tracks, scenes = (TRAINEE, PASSER), [seen(t) for t in (TRAINEE, PASSER)]
    said = roles(tracks, scenes, LENGTH_S, told={TRAINEE.person: Role.CLERK})
    assert [(s.role, s.reason) for s in said] == [(Role.CLERK, "told"), (Role.BYSTANDER, "walks_through")]
    same = roles(tracks, scenes, LENGTH_S, told={2: Role.BYSTANDER})
    assert same == roles(tracks, scenes, LENGTH_S), "what is found anyway keeps its reason"
    photo = roles(tracks, scenes, 0.0, told={2: Role.CLIENT})
    assert [(s.role, s.scored) for s in photo] == [(None, True), (Role.CLIENT, False)]


def test_whoever_comes_to_a_clerk_that_somebody_named_is_a_client():
    clerk = person(1, stay(700, LENGTH_S))
    client = person(2, np.concatenate([walk(200, 650, 2), stay(650, 6), walk(650, 200, 2)]), 5.0)
    scenes = [seen(t) for t in (clerk, client)]
    assert roles((clerk, client), scenes, LENGTH_S)[1].role is None
    assert roles((clerk, client), scenes, LENGTH_S, told={1: Role.CLERK})[1].role is Role.CLIENT


def test_a_photo_tells_nothing_without_a_region():
    assert found(CLERK, TRAINEE, duration_s=0.0) == [(None, "unsure")] * 2


def test_a_region_is_read_from_numbers_and_files(tmp_path):
    square = ((0.1, 0.2), (0.5, 0.2), (0.5, 0.8), (0.1, 0.8))
    assert parse_region("0.1,0.2,0.5,0.8") == square
    triangle = tmp_path / "desk.yaml"
    triangle.write_text("clerk_region: [[0, 0], [1, 0], [0, 1]]\n")
    assert parse_region(str(triangle)) == ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    points = np.array([[0.2, 0.2], [0.9, 0.9], [-0.1, 0.5]])
    assert inside(parse_region(str(triangle)), points).tolist() == [True, False, False]


@pytest.mark.parametrize("text", ["", "0.1,0.2,0.3", "0.1,0.2", "a,b,c,d", "0,0,640,480", "nowhere.yaml", "nan,0,1,1"])
def test_a_wrong_region_is_told(text):
    with pytest.raises(UnusableInputError):
        parse_region(text)


def checked(**options):
    observation = Observation(
        (TRAINEE, PASSER), "hall.mp4", "0" * 64, SIZE, "video", LENGTH_S, TRAINEE.time_s,
        provenance={"settings": '{"fps": 10.0}'},
    )  # fmt: skip
    return judge_observation(observation, load_library(), CheckOptions(camera_roll_deg=0.0, **options))


def test_who_only_passes_is_listed_and_costs_nothing():
    trainee, passer = checked().result.people
    assert trainee.scored and trainee.role is None and trainee.results and trainee.score.value is not None
    assert not passer.scored and passer.role is Role.BYSTANDER and passer.seen_s == pytest.approx(5.0, abs=0.2)
    assert passer.results == () and passer.score.value is None and passer.score.categories == ()
    assert all(p.scored and p.results for p in checked(score_everyone=True).result.people)


@pytest.mark.parametrize(("language", "reason"), [("en", "only walks through"), ("zh", "只是走过画面")])
def test_reports_tell_who_is_not_scored_and_why(language, reason):
    from rich.console import Console

    report = Report(checked(), language)
    told = to_json(report)["people"]
    assert [(p["role"], p["scored"]) for p in told] == [("unknown", True), ("bystander", False)]
    assert reason in render_html(report)
    console = Console(record=True, width=200, file=io.StringIO())
    print_summary(report, console)
    assert reason in console.export_text()
