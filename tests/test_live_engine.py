"""The live engine without models: newest picture wins, nobody waits, threads and landmarkers are given back."""

import threading

import numpy as np
import pytest

from posture.finder import PersonFound
from posture.landmarks import Pose
from posture.live.engine import LiveEngine
from posture.live.window import SAMPLES_PER_S, WINDOW_S, Trainee

IMAGE = np.zeros((48, 64, 3), np.uint8)
PATIENCE_S = 20.0


class FakeLooker:
    """Finds what it is told; every picture waits for `go` when one is given."""

    def __init__(self, found=(), go=None, fails=False):
        self.found, self.go, self.fails = list(found), go, fails
        self.looked = []
        self.entered = threading.Semaphore(0)
        self.near_calls = 0
        self.closed = False

    def everyone(self, image):
        self.looked.append(int(image[0, 0, 0]))
        self.entered.release()
        if self.go is not None:
            assert self.go.acquire(timeout=PATIENCE_S)
        if self.fails:
            raise RuntimeError("broken on purpose")
        return self.found

    def near(self, image, last_pose_px):
        self.near_calls += 1
        return []

    def close(self):
        self.closed = True


class Recorder:
    def __init__(self, expected=None):
        self.times, self.expected = [], expected
        self.thought = threading.Semaphore(0)

    def expected_px(self, time_s):
        return self.expected

    def seen(self, picture):
        self.times.append(picture.time_s)

    def think(self):
        self.thought.release()


def picture(number):
    image = IMAGE.copy()
    image[:] = number
    return image


def wait_for(condition):
    done = threading.Event()
    for _ in range(int(PATIENCE_S * 100)):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError("it never happened")


def test_the_newest_picture_wins_and_handing_in_never_waits():
    go = threading.Semaphore(0)
    looker, recorder = FakeLooker(go=go), Recorder()
    engine = LiveEngine(lambda: looker, recorder, threads=1)
    engine.submit(picture(0), 0.0)
    assert looker.entered.acquire(timeout=PATIENCE_S)
    for i in range(1, 10):  # while the first picture is being looked at
        engine.submit(picture(i), float(i))
    go.release(2)
    for _ in range(2):
        assert recorder.thought.acquire(timeout=PATIENCE_S)
    assert looker.looked == [0, 9]
    assert recorder.times == [0.0, 9.0]
    stats = engine.snapshot()
    assert (stats.submitted, stats.analysed, stats.left_out) == (10, 2, 8)
    assert stats.latency_median_s > 0
    engine.close()


def test_results_come_in_the_order_of_time():
    gates = [threading.Semaphore(0), threading.Semaphore(0)]
    lookers = [FakeLooker(go=g) for g in gates]
    waiting = list(lookers)
    recorder = Recorder()
    engine = LiveEngine(lambda: waiting.pop(), recorder, threads=2)
    engine.submit(picture(1), 1.0)
    wait_for(lambda: sum(len(one.looked) for one in lookers) == 1)
    engine.submit(picture(2), 2.0)
    wait_for(lambda: sum(len(one.looked) for one in lookers) == 2)
    first = next(i for i, one in enumerate(lookers) if one.looked == [1])
    gates[1 - first].release()
    assert recorder.thought.acquire(timeout=PATIENCE_S)
    gates[first].release()  # the older picture is done later: too late
    wait_for(lambda: engine.snapshot().left_out == 1)
    assert recorder.times == [2.0]
    engine.close()


def test_closing_ends_the_threads_and_closes_the_landmarkers_and_may_be_repeated():
    before = threading.active_count()
    lookers = []

    def make():
        lookers.append(FakeLooker())
        return lookers[-1]

    engine = LiveEngine(make, Recorder(), threads=2)
    engine.submit(picture(1), 1.0)
    wait_for(lambda: len(lookers) == 2)
    engine.close()
    engine.close()
    assert threading.active_count() == before
    assert all(one.closed for one in lookers)
    engine.submit(picture(2), 2.0)
    assert threading.active_count() == before, "a picture after the end starts nothing"


def test_without_pictures_everything_is_given_back_and_comes_again_with_the_next_picture():
    lookers, recorder = [], Recorder()

    def make():
        lookers.append(FakeLooker())
        return lookers[-1]

    engine = LiveEngine(make, recorder, threads=1, idle_s=0.05)
    engine.submit(picture(1), 1.0)
    wait_for(lambda: lookers and lookers[0].closed)
    assert not engine.snapshot().running
    engine.submit(picture(2), 2.0)
    wait_for(lambda: len(recorder.times) == 2)
    assert len(lookers) == 2
    engine.close()


def test_a_failing_landmarker_is_told_and_ends_the_threads(caplog):
    engine = LiveEngine(lambda: FakeLooker(fails=True), Recorder(), threads=1)
    engine.submit(picture(1), 1.0)
    wait_for(lambda: engine.snapshot().failed and not engine.snapshot().running)
    assert "broken on purpose" in caplog.text
    engine.close()


def test_who_was_there_a_moment_ago_is_looked_for_there():
    looker = FakeLooker()
    recorder = Recorder(expected=np.zeros((33, 3)))
    engine = LiveEngine(lambda: looker, recorder, threads=1)
    engine.submit(picture(1), 1.0)
    assert recorder.thought.acquire(timeout=PATIENCE_S)
    assert looker.near_calls == 1
    engine.close()


def test_two_engines_share_nothing():
    here, there = Recorder(), Recorder()
    one = LiveEngine(FakeLooker, here, threads=1)
    other = LiveEngine(FakeLooker, there, threads=1)
    one.submit(picture(1), 1.0)
    other.submit(picture(2), 7.0)
    assert here.thought.acquire(timeout=PATIENCE_S) and there.thought.acquire(timeout=PATIENCE_S)
    one.close()
    assert (here.times, there.times) == ([1.0], [7.0])
    other.submit(picture(3), 8.0)
    assert there.thought.acquire(timeout=PATIENCE_S), "closing one leaves the other at work"
    other.close()


def person(x, size=100.0):
    pose = np.zeros((33, 3), np.float32)
    pose[:, 0], pose[:, 1] = x, 200
    pose[Pose.LEFT_SHOULDER, 0], pose[Pose.RIGHT_SHOULDER, 0] = x + size / 2, x - size / 2
    pose[[Pose.LEFT_HIP, Pose.RIGHT_HIP], 1] = 200 + size
    arrays = {"pose_px": pose, "visibility": np.ones(33, np.float32), "pose_m": pose * 0}
    return PersonFound(arrays, 1.0)


def test_the_trainee_is_the_largest_and_stays_the_same_person():
    trainee = Trainee()
    small, large = person(100, 60), person(400, 120)
    assert trainee.add(0.0, [small, large], (640, 480)) is large
    larger_now = person(100, 200)
    assert trainee.add(0.1, [larger_now, person(402, 120)], (640, 480)).pose_px[0, 0] == 402
    assert trainee.add(0.2, [larger_now], (640, 480)) is None, "the other one is not taken instead"
    assert trainee.expected_px(0.3)[0, 0] == 402
    assert trainee.expected_px(5.0) is None
    number = trainee.person
    assert trainee.add(9.0, [larger_now], (640, 480)) is larger_now, "after a while whoever is there"
    assert trainee.person != number
    assert len(trainee.track()) == 1, "and nothing of the other one is left"


def test_the_window_has_the_rate_of_recordings_and_its_length():
    trainee = Trainee()
    for i in range(30 * 20):
        trainee.add(i / 30, [person(300)], (640, 480))
    track = trainee.track()
    span_s = track.time_s[-1] - track.time_s[0]
    assert WINDOW_S - 0.2 <= span_s <= WINDOW_S
    assert len(track) / span_s == pytest.approx(SAMPLES_PER_S, rel=0.05)
    assert trainee.track(since_s=track.time_s[-1] - 1.0).time_s[0] >= track.time_s[-1] - 1.0
