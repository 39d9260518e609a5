"""Geometry: known values, and what must not change a value at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.geometry import (
    inner_angle_deg,
    lean_to_right_deg,
    line_tilt_deg,
    rolling_mean,
    rolling_median,
    rolling_share,
    rolling_std,
    rotated,
    speed_per_s,
    stretches,
)

angle = st.floats(-89, 89)
far = st.floats(-1000, 1000)


def test_inner_angle_of_known_limbs():
    a, b = np.array([0.0, -1.0]), np.array([0.0, 0.0])
    assert inner_angle_deg(a, b, np.array([0.0, 2.0])) == pytest.approx(180)
    assert inner_angle_deg(a, b, np.array([3.0, 0.0])) == pytest.approx(90)
    assert inner_angle_deg(a, b, np.array([1.0, -1.0])) == pytest.approx(45)


def test_a_limb_of_no_length_has_no_angle():
    point = np.array([1.0, 1.0])
    assert np.isnan(inner_angle_deg(point, point, np.array([3.0, 0.0])))


@given(angle, far, far, st.floats(0.1, 50))
def test_tilt_does_not_depend_on_place_size_or_side(deg, x, y, size):
    start = np.array([x, y])
    direction = size * np.array([np.cos(np.radians(deg)), -np.sin(np.radians(deg))])
    assert line_tilt_deg(start, start + direction) == pytest.approx(deg, abs=1e-6)
    # The same line towards the left of the picture: its end is just as much higher.
    assert line_tilt_deg(start, start + direction * (-1, 1)) == pytest.approx(deg, abs=1e-6)


@given(angle, angle)
def test_turning_the_picture_clockwise_leans_a_line_to_the_right(lean, turn):
    top = np.array([np.sin(np.radians(lean)), -np.cos(np.radians(lean))])
    turned = lean_to_right_deg(np.zeros(2), rotated(top, turn))
    assert (turned - lean - turn + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_angles_come_from_true_pixels_not_from_normalised_coordinates():
    # A 45 degree shoulder line in a 16:9 picture: normalised coordinates would give 29 or 61 degrees.
    left, right = np.array([1200.0, 400.0]), np.array([1000.0, 600.0])
    assert line_tilt_deg(right, left) == pytest.approx(45)


def test_rolling_median_goes_by_time_not_by_count():
    time_s = np.array([0.0, 0.1, 0.2, 5.0, 5.1])
    value = np.array([1.0, 9.0, 2.0, 7.0, np.nan])
    assert rolling_median(time_s, value, 0.5).tolist() == [2.0, 2.0, 2.0, 7.0, 7.0]


def test_rolling_median_of_nothing_seen_is_nothing():
    assert np.isnan(rolling_median(np.arange(3.0), np.full(3, np.nan), 1.0)).all()
    assert len(rolling_median(np.array([]), np.array([]), 1.0)) == 0


def test_rolling_std_and_mean_need_enough_time():
    time_s, value = np.arange(0, 10, 0.1), np.tile([0.0, 2.0], 50)
    spread = rolling_std(time_s, value, 5.0, least_s=3.0)
    assert spread[50] == pytest.approx(1.0, abs=0.02)
    assert np.isnan(rolling_std(time_s[:20], value[:20], 5.0, least_s=3.0)).all()
    assert rolling_mean(time_s, value, 3.0, least_s=1.5)[50] == pytest.approx(1.0, abs=0.05)


@given(st.floats(0.02, 0.3), st.floats(0.1, 500))
def test_speed_does_not_depend_on_the_sampling_rate(step_s, speed):
    time_s = np.arange(0, 3, step_s)
    points = np.stack([speed * time_s, np.zeros_like(time_s)], 1)
    assert speed_per_s(time_s, points) == pytest.approx(np.full(len(time_s), speed))


def test_speed_is_unknown_across_a_gap():
    speed = speed_per_s(np.array([0.0, 10.0]), np.array([[0.0, 0.0], [100.0, 0.0]]))
    assert np.isnan(speed).all()


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.1, 8.0))
def test_rolling_share_is_the_mean_within_the_window(flags, window):
    flag = np.array(flags)
    time = np.arange(len(flag)) * 0.1
    found = rolling_share(time, flag, window)
    for i, t in enumerate(time):
        assert found[i] == pytest.approx(flag[np.abs(time - t) <= window / 2 + 1e-6].mean())


@pytest.mark.parametrize("unseen", [slice(0, 30), slice(20, 50), slice(70, 100)])
def test_rolling_mean_is_unknown_where_nothing_is_seen(unseen):
    time_s, value = np.arange(100) / 10, np.ones(100)
    value[unseen] = np.nan
    mean = rolling_mean(time_s, value, 1.0, least_s=0.5)
    inside = mean[unseen]
    assert np.isnan(inside[5:-5]).all() and np.isfinite(mean).sum() > 60


def test_stretches_bridge_unflagged_samples_only_as_far_as_told():
    time_s, flag = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 1.4]), np.array([1, 1, 0, 1, 1, 1], bool)
    assert stretches(flag, time_s, 0.5) == [(0, 4), (5, 5)]
    assert stretches(flag, time_s, 0.5, bridge_s=0.0) == [(0, 1), (3, 4), (5, 5)]
    assert stretches(flag, time_s, 1.5, bridge_s=0.25) == [(0, 5)]
    assert stretches(~flag[:2], time_s[:2], 0.5) == []
