"""Recordings and photos: the right pictures at the right times, whatever the file; damage told, never a traceback."""

import csv
import itertools
import os

import av
import numpy as np
import pytest
from PIL import Image

from posture.errors import UnusableInputError
from posture.video import FrameReader, frames_at, probe, sha256_of
from tests.media import MATRICES, make_clip, make_sound, number_in, numbered, with_display_matrix

B_FRAMES = {"bf": "3", "g": "12"}
CLIPS = [
    ("a.mp4", "libx264", "yuv420p", B_FRAMES),
    ("a.mov", "libx264", "yuv420p", {"bf": "0"}),
    ("a.mkv", "libx264", "yuv420p", B_FRAMES),
    ("a.avi", "mpeg4", "yuv420p", {}),
    ("b.avi", "libx264", "yuv420p", B_FRAMES),
    ("a.webm", "libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    ("hevc.mp4", "libx265", "yuv420p", {"x265-params": "log-level=none"}),
    ("ten_bit.mkv", "libx265", "yuv420p10le", {"x265-params": "log-level=none"}),
    ("mjpeg.avi", "mjpeg", "yuvj420p", {}),
    ("grey.mkv", "ffv1", "gray", {}),
    ("alpha.mkv", "ffv1", "yuva420p", {}),
    ("av1.mp4", "libsvtav1", "yuv420p", {"preset": "12"}),
    ("a.gif", "gif", "rgb8", {}),
]


@pytest.fixture(params=CLIPS, ids=lambda c: f"{c[0]}-{c[1]}")
def clip(request, tmp_path):
    name, codec, pix_fmt, options = request.param
    if codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV has no encoder {codec}")
    fps = 10 if name.endswith("gif") else 15
    return make_clip(tmp_path / name, codec, n=30, fps=fps, pix_fmt=pix_fmt, options=options), fps


def numbers_and_times(reader):
    frames = list(reader)
    return [number_in(f.image) for f in frames], [f.time_s for f in frames]


def test_every_picture_comes_in_order_at_its_time(clip):
    path, fps = clip
    with FrameReader(path, fps=None) as reader:
        numbers, times = numbers_and_times(reader)
        assert numbers == list(range(30))
        assert times == pytest.approx([k / fps for k in range(30)], abs=0.006)
        assert (reader.info.kind, reader.info.width, reader.info.height) == ("video", 128, 96)
        assert reader.damage == []


def test_sampling_goes_by_time(clip):
    path, fps = clip
    with FrameReader(path, fps=5.0) as reader:
        _, times = numbers_and_times(reader)
    assert times[0] == 0.0
    steps = [int((t + 0.002) * 5) for t in times]
    assert steps == list(range(steps[-1] + 1)), "one picture for every step of a fifth of a second"
    assert all(t - s / 5 <= 1 / fps + 0.01 for t, s in zip(times, steps, strict=True)), "the first one of its step"


def test_pictures_at_given_times_are_those_that_were_read(clip):
    path, _ = clip
    with FrameReader(path, fps=None) as reader:
        read = {f.time_s: number_in(f.image) for f in reader}
    wanted = [t for i, t in enumerate(read) if i in (0, 3, 17, 29)]
    found = list(frames_at(path, wanted))
    assert [number_in(f.image) for f in found] == [read[t] for t in wanted]


def test_far_pictures_are_found_by_seeking(tmp_path):
    path = make_clip(tmp_path / "long.mp4", n=250, fps=10, options={"g": "20", "bf": "2"})
    found = list(frames_at(path, [1.0, 12.3, 24.0]))
    assert [number_in(f.image) for f in found] == [10, 123, 240]
    assert [f.time_s for f in found] == pytest.approx([1.0, 12.3, 24.0])


def test_variable_frame_rate(tmp_path):
    times = [0, 40, 80, 500, 540, 1500, 1533, 1567, 3000]
    path = make_clip(tmp_path / "vfr.mkv", times_ms=times)
    with FrameReader(path, fps=None) as reader:
        numbers, read = numbers_and_times(reader)
    assert numbers == list(range(9))
    assert read == pytest.approx([t / 1000 for t in times], abs=0.002)
    with FrameReader(path, fps=2.0) as reader:
        assert numbers_and_times(reader)[0] == [0, 3, 5, 8]


@pytest.mark.parametrize("first_ms", [-400, 5000])
def test_time_begins_with_the_first_picture_whatever_its_stamp(tmp_path, first_ms):
    times = [first_ms + 100 * k for k in range(40)]
    path = make_clip(tmp_path / "shifted.mkv", times_ms=times, container_format="matroska")
    with FrameReader(path, fps=None) as reader:
        _, read = numbers_and_times(reader)
    assert read == pytest.approx([k / 10 for k in range(40)], abs=0.002)
    assert [number_in(f.image) for f in frames_at(path, [0.5, 3.9])] == [5, 39]


EXPECTED = {
    # where the red band of the stored picture's bottom comes to lie, whether left and right are mirrored
    "as it is": "bottom", "quarter turn clockwise": "left", "half turn": "top",
    "quarter turn anticlockwise": "right", "mirrored": "bottom",
}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_rotation_and_mirror_metadata_are_applied(tmp_path, name):
    path = with_display_matrix(make_clip(tmp_path / "phone.mp4", n=5), MATRICES[name])
    with FrameReader(path, fps=None) as reader:
        frame = next(iter(reader))
    height, width = frame.image.shape[:2]
    turned = "quarter" in name
    assert (width, height) == ((96, 128) if turned else (128, 96)) == (reader.info.width, reader.info.height)
    assert reader.info.rotated == (name != "as it is")
    edges = {
        "bottom": frame.image[-8:, 30:-30], "top": frame.image[:8, 30:-30],
        "left": frame.image[30:-30, :8], "right": frame.image[30:-30, -8:],
    }  # fmt: skip
    redness = {k: float(v[..., 0].mean() - v[..., 1].mean()) for k, v in edges.items()}
    assert max(redness, key=redness.get) == EXPECTED[name]
    # Picture 1 has only its last bar light: on the right, on the left when mirrored.
    second = next(iter(frames_at(path, [1 / 15]))).image
    if not turned and name != "half turn":
        bar = second[20:40].mean((0, 2))
        assert int(bar.argmax() > 64) == (0 if name == "mirrored" else 1)


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    def wide(stream):
        stream.codec_context.sample_aspect_ratio = 2

    info = probe(make_clip(tmp_path / "wide.mp4", n=5, prepare=wide))
    assert (info.width, info.height) == (256, 96)


def test_odd_sizes_and_large_ones(tmp_path):
    odd = make_clip(tmp_path / "odd.mkv", "ffv1", n=3, size=(131, 97), pix_fmt="yuv444p")
    with FrameReader(odd) as reader:
        assert next(iter(reader)).image.shape == (97, 131, 3)
    with FrameReader(make_clip(tmp_path / "large.mp4", n=3, size=(1280, 720)), max_side_px=320) as reader:
        frame = next(iter(reader))
        assert frame.image.shape == (180, 320, 3)
        assert (reader.info.width, reader.info.analysed_size) == (1280, (320, 180))
        assert number_in(frame.image) == 0


NAMES = ["窗口 录像.mp4", "a b.mp4", "-x.mp4", "http:x.mp4", "a%d.mp4", "a'\"$.mp4", "é" * 60 + ".mp4"]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name(tmp_path, name, monkeypatch):
    make_clip(tmp_path / "plain.mp4", n=3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / name, name):
        with FrameReader(path, fps=None) as reader:
            assert len(list(reader)) == 3
    assert len(sha256_of(tmp_path / name)) == 64


def test_a_cut_off_file_gives_what_it_has_and_says_so(tmp_path):
    data = make_clip(tmp_path / "b.mkv", n=90, options={"g": "10"}).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(data[: len(data) // 2])
    with FrameReader(cut, fps=None) as reader:
        numbers, _ = numbers_and_times(reader)
        assert 20 < len(numbers) < 90 and numbers == sorted(set(numbers)), "the last pictures may lack their references"
        assert reader.damage and reader.damage[-1].detail == "cut_off"
        assert reader.damage[-1].end_s == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize("seed", range(6))
def test_damage_in_the_middle_is_told_with_its_time_and_the_rest_is_read(tmp_path, seed):
    path = make_clip(tmp_path / "a.mkv", n=120, options={"g": "8"})
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    at = int(len(data) * 0.5)
    if seed % 2:
        data[at : at + 400] = bytes(400)
    else:
        for place in random.integers(at, at + 1500, 40):
            data[place] ^= int(random.integers(1, 255))
    path.write_bytes(bytes(data))
    with FrameReader(path, fps=None) as reader:
        _, times = numbers_and_times(reader)
        assert len(times) > 40
        assert times[-1] < 9, "a damaged time stamp does not carry the rest away"
        assert all(b > a for a, b in itertools.pairwise(times))
        assert all(0 <= d.start_s <= d.end_s <= 9 for d in reader.damage)


def test_an_mp4_without_its_index_is_one_sentence(tmp_path):
    data = make_clip(tmp_path / "a.mp4", n=60).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UnusableInputError) as caught:
        probe(path)
    assert "index" in str(caught.value) and "索引" in caught.value.in_language("zh")


def bad_inputs(folder):
    (folder / "text.mp4").write_text("this is no film\n" * 100, encoding="utf-8")
    (folder / "empty.mp4").touch()
    (folder / "noise.avi").write_bytes(np.random.default_rng(0).bytes(20000))
    (folder / "folder.mp4").mkdir()
    os.mkfifo(folder / "pipe.mp4")
    make_sound(folder / "sound.m4a")
    make_sound(folder / "music.m4a", cover=True)
    (folder / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(300))
    return {
        "text.mp4": "not a recording", "empty.mp4": "empty", "noise.avi": "not a recording",
        "folder.mp4": "is a folder", "pipe.mp4": "not an ordinary file", "sound.m4a": "sound only",
        "music.m4a": "sound only",
        "half.jpg": "", "missing.mp4": "There is no file",
    }  # fmt: skip


def test_unusable_files_are_one_clear_sentence_in_both_languages(tmp_path):
    for name, words in bad_inputs(tmp_path).items():
        with pytest.raises(UnusableInputError) as caught:
            list(FrameReader(tmp_path / name))
        english, chinese = str(caught.value), caught.value.in_language("zh")
        assert words in english and name in english, english
        assert "。" in chinese and "Error" not in chinese
        assert "\n" not in english


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_sentence(tmp_path):
    path = make_clip(tmp_path / "a.mp4", n=3)
    path.chmod(0)
    with pytest.raises(UnusableInputError, match="permissions"):
        probe(path)


PHOTOS = {
    "a.jpg": ("RGB", {}), "a.png": ("RGB", {}), "a.webp": ("RGB", {"lossless": True}), "a.bmp": ("RGB", {}),
    "a.tiff": ("RGB", {}), "grey.png": ("L", {}), "palette.png": ("P", {}), "cmyk.jpg": ("CMYK", {}),
    "alpha.png": ("RGBA", {}), "still.gif": ("P", {}), "deep.png": ("I;16", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", PHOTOS)
def test_photos(tmp_path, name):
    mode, options = PHOTOS[name]
    picture = Image.fromarray(numbered(0b10110010, 256, 96))
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / name, **options)
    with FrameReader(tmp_path / name) as reader:
        (frame,) = list(reader)
    assert reader.info.kind == "photo" and frame.time_s == 0.0
    assert frame.image.shape == (96, 256, 3) and frame.image.dtype == np.uint8
    assert number_in(frame.image) == 0b10110010


def test_photo_orientation_and_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(numbered(1, 256, 96)).save(tmp_path / "turned.jpg", exif=exif)
    with FrameReader(tmp_path / "turned.jpg", max_side_px=128) as reader:
        (frame,) = list(reader)
    assert (reader.info.width, reader.info.height) == (96, 256)
    assert reader.info.analysed_size == (48, 128) and frame.image.shape == (128, 48, 3)
    left = frame.image[20:-20, :6]
    assert left[..., 0].mean() - left[..., 1].mean() > 80, "the stored bottom is on the left after a quarter turn"


def test_transparent_parts_are_grey(tmp_path):
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(tmp_path / "a.png")
    (frame,) = list(FrameReader(tmp_path / "a.png"))
    assert np.abs(frame.image.astype(int) - 128).max() <= 1


def test_real_clips_have_the_size_and_number_of_pictures_of_the_manifest(footage):
    checked = 0
    with (footage / "MANIFEST.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            words = row["notes"].split(";")[0].split()
            if "frames" not in row["notes"] or row["file"].startswith(("trial", "two_people")):
                continue
            width, height = (int(v) for v in words[1].split("x"))
            with FrameReader(footage / row["file"], fps=None) as reader:
                n = sum(1 for _ in reader)
                assert reader.damage == [], row["file"]
            assert n == int(words[3]), row["file"]
            if row["file"] not in ("arm_wrestling.mp4", "short_action.mp4"):  # pixels that are not square
                assert (reader.info.width, reader.info.height) == (width, height), row["file"]
            checked += 1
    assert checked >= 8


def test_pictures_whose_references_are_lost_are_left_out_until_the_next_key_picture(tmp_path):
    path = make_clip(
        tmp_path / "a.mkv", n=120, fps=15, options={"g": "30", "keyint_min": "30", "sc_threshold": "0", "bf": "0"}
    )
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.pos is not None and p.size]
    data = bytearray(path.read_bytes())
    position, size = packets[40]
    data[position + 12 : position + 12 + size - 14] = bytes(size - 14)
    path.write_bytes(bytes(data))
    with FrameReader(path, fps=None) as reader:
        numbers = [number_in(f.image) for f in reader]
    lost = [n for n in range(120) if n not in numbers]
    assert lost and lost[0] in (40, 41) and lost[-1] == 59, "from the damage to the next key picture at 60"
    assert reader.damage and 2.5 < reader.damage[0].start_s < 2.9 and reader.damage[-1].end_s < 4.0


@pytest.mark.parametrize("bf", [0, 2, 3])
def test_leaving_pictures_undecoded_loses_no_sampling_step_and_no_time(tmp_path, bf):
    path = make_clip(tmp_path / "long.mp4", n=300, fps=25, options={"g": "50", "bf": str(bf)})
    with FrameReader(path, fps=10.0) as reader:
        frames = list(reader)
    steps = [int((f.time_s + 0.002) * 10) for f in frames]
    assert steps == list(range(120)), "one picture for every tenth of a second"
    for f in frames:
        assert number_in(f.image) == round(f.time_s * 25) % 256, "the picture is the one of its time"
