"""Landmarks for other programs: CSV and Parquet as one flat table, TRC (OpenSim, OpenCap) with markers by name.

Every column's name ends in its unit, frame index and time stand together, what was not seen is empty. Pixels are those
of the analysed picture: x to the right, y down, z on the scale of x; metres are MediaPipe's, origin between the hips.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from posture.errors import OutputError
from posture.exchange.coding import mean_fps
from posture.files import atomic_path
from posture.landmarks import FACE_POINTS, N_BLENDSHAPES, N_HAND, Array, Observation, Pose, Track

FORMATS = ("csv", "parquet", "trc")
_AXES = ("x", "y", "z")
_SIDES = ("left", "right")
_TURNS = ("pitch", "yaw", "roll")


def columns_of(track: Track) -> dict[str, Array]:
    """Column name, ending in its unit, to (T,) values of every landmark and score."""
    found: dict[str, Array] = {}
    for j, joint in enumerate(Pose):
        name = joint.name.lower()
        found |= {f"{name}_{axis}_px": track.pose_px[:, j, a] for a, axis in enumerate(_AXES)}
        found[f"{name}_visibility_share"] = track.visibility[:, j]
        found |= {f"{name}_{axis}_m": track.pose_m[:, j, a] for a, axis in enumerate(_AXES)}
    for h, side in enumerate(_SIDES):
        for k in range(N_HAND):
            found |= {f"{side}_hand_{k}_{axis}_px": track.hands_px[:, h, k, a] for a, axis in enumerate(_AXES)}
    found |= {f"head_{turn}_deg": track.face_rotation_deg[:, a] for a, turn in enumerate(_TURNS)}
    for k, point in enumerate(FACE_POINTS):
        found |= {f"face_{point}_{axis}_px": track.face_px[:, k, a] for a, axis in enumerate(_AXES[:2])}
    return found | {f"blendshape_{k}_share": track.blendshapes[:, k] for k in range(N_BLENDSHAPES)}


def table(seen: Observation, told: Mapping[str, str], starts_at: datetime | None = None) -> pa.Table:
    """One row is one person in one sampled picture, in order of person and time. `told` is the statement, kept in the
    metadata under `posture_statement`; software and recording also stand in columns, since CSV has no other place."""
    parts = [_part(seen, track, told, starts_at) for track in seen.tracks if len(track)]
    if not parts:
        return pa.table({"person": pa.array([], pa.int16())})
    whole = pa.concat_tables(parts)
    return whole.replace_schema_metadata({"posture_statement": json.dumps(dict(told), ensure_ascii=False)})


def _part(seen: Observation, track: Track, told: Mapping[str, str], starts_at: datetime | None) -> pa.Table:
    n = len(track)
    constant = {"recording": seen.source_name, "software": told.get("software", "")}
    columns: dict[str, pa.Array] = {name: pa.array([text] * n, pa.string()) for name, text in constant.items()}
    columns["image_width_px"] = pa.array(np.full(n, seen.image_size[0], np.int32))
    columns["image_height_px"] = pa.array(np.full(n, seen.image_size[1], np.int32))
    columns["person"] = pa.array(np.full(n, track.person, np.int16))
    columns["frame_index"] = pa.array(np.asarray(track.frame_index, np.int64))
    columns["time_s"] = pa.array(np.round(np.asarray(track.time_s, float), 6))
    if starts_at is not None:
        moments = [starts_at + timedelta(seconds=float(t)) for t in track.time_s]
        columns["clock_time"] = pa.array([f"{m:%Y-%m-%dT%H:%M:%S}.{m.microsecond // 1000:03d}" for m in moments])
    for name, values in columns_of(track).items():
        numbers = np.ascontiguousarray(values, np.float32)
        columns[name] = pa.array(numbers, mask=np.isnan(numbers))
    return pa.table(columns)


def require_landmark_kind(path: Path | None) -> None:
    """OutputError when the name does not say one of `FORMATS`."""
    if path is not None and path.suffix.lower().lstrip(".") not in FORMATS:
        raise OutputError("exchange.errors.landmark_kind", path=path, known=", ".join(f".{k}" for k in FORMATS))


def write_landmarks(
    seen: Observation, told: Mapping[str, str], path: Path, starts_at: datetime | None = None
) -> list[Path]:
    """Write the file that its name asks for (`FORMATS`); the paths written: TRC holds one person, so that several get a
    file each.

    Raises
    ------
    OutputError
        It cannot be written there, the kind of file is not known, or nobody was found.
    """
    require_landmark_kind(path)
    kind = path.suffix.lower().lstrip(".")
    if not any(len(track) for track in seen.tracks):
        raise OutputError("exchange.errors.nobody", path=path, source=seen.source_name)
    if kind == "trc":
        return _write_trc(seen, path)
    with atomic_path(path) as partial:
        if kind == "csv":
            pa_csv.write_csv(table(seen, told, starts_at), str(partial))
        else:
            pq.write_table(table(seen, told, starts_at), partial, compression="zstd")
    return [path]


def _write_trc(seen: Observation, path: Path) -> list[Path]:
    tracks = [track for track in seen.tracks if len(track)]
    written = []
    for track in tracks:
        own = path if len(tracks) == 1 else path.with_name(f"{path.stem}-person{track.person}{path.suffix}")
        with atomic_path(own) as partial:
            partial.write_text(trc(track, own.name, mean_fps(seen)), encoding="utf-8", newline="\n")
        written.append(own)
    return written


def trc(track: Track, name: str, fps: float | None = None) -> str:
    """One person's pose as TRC text, units px. `Frame#` is the index of the picture in the recording, rates are samples
    (DataRate) and pictures (CameraRate, OrigDataRate) per second."""
    n, markers = len(track), [joint.name.lower() for joint in Pose]
    length_s = float(track.time_s[-1] - track.time_s[0])
    rate = (n - 1) / length_s if length_s > 0 else 1.0
    camera = fps or rate
    pictures = int(track.frame_index[-1] - track.frame_index[0]) + 1
    sizes = f"{rate:.3f}\t{camera:.3f}\t{n}\t{len(markers)}\tpx\t{camera:.3f}\t{int(track.frame_index[0])}\t{pictures}"
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        sizes,
        "Frame#\tTime\t" + "\t\t\t".join(markers) + "\t\t",
        "\t\t" + "\t".join(f"{axis.upper()}{j}" for j in range(1, len(markers) + 1) for axis in _AXES),
        "",
    ]
    flat = track.pose_px.reshape(n, -1)
    for i in range(n):
        cells = ("" if value != value else f"{value:.3f}" for value in flat[i].tolist())
        lines.append(f"{int(track.frame_index[i])}\t{float(track.time_s[i]):.6f}\t" + "\t".join(cells))
    return "\n".join(lines) + "\n"
