"""Who is who when the whole recording is known: numbers that went over at a meeting come back, good ones stay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.landmark_file import LandmarkWriter, observation_metadata, read_landmark_file, renumber
from posture.landmarks import TRACK_ARRAYS, Observation, Track
from posture.relink import relinked
from tests.stick_figure import Stick, stick_track

SECONDS, FPS = 8.0, 10.0
TIME_S = np.arange(round(SECONDS * FPS)) / FPS
WALKS_PX_PER_S = 220.0


def body(x_px, yaw_deg):
    """(T, 33, 3) somebody at those places who looks that way, 60 pixels across the shoulders."""
    poses = {yaw: stick_track(Stick(), 1, yaw_deg=yaw, width_px=60.0, at_px=(0.0, 300.0)) for yaw in set(yaw_deg)}
    out = np.stack([poses[yaw].pose_px[0] for yaw in yaw_deg]).copy()
    out[..., 0] += np.asarray(x_px)[:, None]
    return out


def walker(from_px, way):
    return body(from_px + way * WALKS_PX_PER_S * TIME_S, [90.0 * way] * len(TIME_S))


def stander(x_px):
    return body(np.full(len(TIME_S), x_px), [0.0] * len(TIME_S))


def tracks_of(people, numbers):
    """Tracks from true people (T, 33, 3) and, per person, (T,) the number that each sample got, 0 where unseen."""
    found = []
    for number in sorted({int(n) for row in numbers for n in row} - {0}):
        rows = [
            (t, person[t]) for person, row in zip(people, numbers, strict=True) for t in np.flatnonzero(row == number)
        ]
        rows.sort(key=lambda one: one[0])
        when = np.array([t for t, _ in rows])
        empty = stick_track(Stick(), len(rows), person=number)
        arrays = {name: getattr(empty, name) for name in TRACK_ARRAYS}
        arrays["pose_px"] = np.array([pose for _, pose in rows], np.float32)
        found.append(Track(person=number, time_s=TIME_S[when], frame_index=when, image_size=(1000, 1000), **arrays))
    return found


def numbers_of(people, numbers):
    """Per true person the numbers that their samples have in the end."""
    tracks = tracks_of(people, numbers)
    new = relinked(tracks)
    at = {(t.person, int(i)): int(n) for t in tracks for i, n in zip(t.frame_index, new[t.person], strict=True)}
    return [{at[int(number), t] for t, number in enumerate(row) if number} for row in numbers]


def constant(number):
    return np.full(len(TIME_S), number)


def test_numbers_swapped_where_two_walkers_cross_come_back():
    people = [walker(100.0, 1), walker(900.0, -1)]
    crossing = np.abs(people[0][:, 0, 0] - people[1][:, 0, 0]).argmin()
    after = np.arange(len(TIME_S)) >= crossing
    swapped = [np.where(after, 2, 1), np.where(after, 1, 2)]
    assert numbers_of(people, swapped) == [{1}, {2}]
    assert numbers_of(people, [constant(1), constant(2)]) == [{1}, {2}], "what was right stays"


def test_who_was_hidden_gets_the_number_back_that_the_other_one_took():
    people = [walker(0.0, 1), stander(500.0)]
    hides = np.abs(people[0][:, 0, 0] - 500.0) < 60
    first, last = np.flatnonzero(hides)[[0, -1]]
    t = np.arange(len(TIME_S))
    walks, stands = (
        np.where(t < first, 1, np.where(t <= last, 0, 2)),
        np.where(t < first, 2, np.where(t <= last + 2, 0, 3)),
    )
    assert numbers_of(people, [walks, stands]) == [{1}, {2}]


def test_somebody_new_after_a_long_time_is_somebody_new():
    people = [stander(300.0), stander(800.0)]
    away = np.where(TIME_S < 1.0, 1, np.where(TIME_S < 7.0, 0, 3))
    assert numbers_of(people, [away, constant(2)]) == [{1, 3}, {2}]


def test_a_sudden_turn_with_nobody_near_is_no_new_person():
    turns = body(np.full(len(TIME_S), 300.0), [0.0] * 40 + [90.0] * 40)
    assert numbers_of([turns, stander(900.0)], [constant(1), constant(2)]) == [{1}, {2}]


def test_one_person_alone_is_left_alone():
    (track,) = tracks_of([stander(300.0)], [constant(4)])
    assert (relinked([track])[4] == 4).all() and relinked([]) == {}


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_every_sample_has_one_number_and_no_number_is_at_two_places_at_once(data):
    """Whatever the numbers were, holes and junk included."""
    people = [walker(100.0, 1), walker(900.0, -1), stander(500.0)]
    numbers = []
    for _ in people:
        changes = data.draw(st.lists(st.tuples(st.integers(0, 79), st.integers(0, 6)), max_size=6))
        row = np.zeros(len(TIME_S), int)
        for start, number in sorted(changes):
            row[start:] = number
        numbers.append(row)
    for t in range(len(TIME_S)):  # one number once a picture, as the tracker gives them
        seen = set()
        for row in numbers:
            row[t] = 0 if row[t] in seen else row[t]
            seen.add(row[t])
    tracks = tracks_of(people, numbers)
    new = relinked(tracks)
    assert {p: len(n) for p, n in new.items()} == {t.person: len(t) for t in tracks}
    places = [(int(n), float(s)) for t in tracks for n, s in zip(new[t.person], t.time_s, strict=True)]
    assert len(places) == len(set(places)) and all(n > 0 for n, _ in places)


@pytest.mark.parametrize("rows", [10, 2500])
def test_a_landmark_file_with_other_numbers_is_the_same_otherwise(tmp_path, rows):
    path = tmp_path / "a.parquet"
    rng = np.random.default_rng(5)
    poses = rng.normal(size=(rows, 2, 33, 3)).astype(np.float32)
    with LandmarkWriter(path) as writer:
        for i in range(rows):
            for k in range(2):
                writer.add(k + 1, i / 10, i, {"pose_px": poses[i, k]})
        told = Observation((), "a.mp4", "ab" * 32, (64, 48), "video", rows / 10, np.empty(0), provenance={"x": "y"})
        writer.close(observation_metadata(told))
    before = read_landmark_file(path)
    half = np.arange(rows) >= rows // 2
    renumber(path, {1: np.where(half, 2, 1), 2: np.where(half, 1, 2)})
    after = read_landmark_file(path)
    assert after.provenance == before.provenance and after.duration_s == before.duration_s
    assert [t.person for t in after.tracks] == [1, 2]
    np.testing.assert_array_equal(after.tracks[0].time_s, before.tracks[0].time_s)
    for k in range(2):
        mixed = np.where(half[:, None, None], poses[:, 1 - k], poses[:, k])
        np.testing.assert_array_equal(after.tracks[k].pose_px, mixed)
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]
