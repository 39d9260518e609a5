"""The landmark file: every Track of one recording in one Parquet file that pandas, DuckDB and others read.

One row is one person in one sampled picture; landmark arrays are fixed-size lists of float32 in the axis order
of `Track`. A picture in which nobody was found is a row of person 0. Everything else is JSON in the file's
metadata under the key `posture`. `in_turn` marks rows in which hands or face had to wait (`turns`): in the file they
are NaN there, who reads it by `read_landmark_file` gets what lies between. Rows are written while observing, so memory
stays flat.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from posture.landmarks import TRACK_ARRAYS, TRACK_SHAPES, Observation, Speech, Stretch, Track
from posture.turns import between_turns

FORMAT_VERSION = 3
_READABLE = (1, 2, 3)
"""Format 1 has no speech: it stays unknown; before 3 nobody had to wait for their turn."""
NOBODY = 0
_ROWS_PER_GROUP = 2000


def _width(name: str) -> int:
    return int(np.prod(TRACK_SHAPES[name]))


SCHEMA = pa.schema(
    [
        pa.field("person", pa.int16(), nullable=False),
        pa.field("time_s", pa.float64(), nullable=False),
        pa.field("frame_index", pa.int64(), nullable=False),
        *[pa.field(name, pa.list_(pa.float32(), _width(name))) for name in TRACK_ARRAYS],
        pa.field("in_turn", pa.bool_(), nullable=False),
    ]
)


class LandmarkWriter:
    """Writes rows as they come, inside a `with`; the file appears under its name only when `close` gets its
    metadata."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._writer: pq.ParquetWriter | None = None
        self._rows: list[tuple[int, float, int, dict[str, np.ndarray], bool]] = []

    def add(
        self, person: int, time_s: float, frame_index: int, arrays: dict[str, np.ndarray], in_turn: bool = False
    ) -> None:
        """Add one person's arrays, each of the shape in `TRACK_SHAPES`; missing ones become NaN."""
        self._rows.append((person, time_s, frame_index, arrays, in_turn))
        if len(self._rows) >= _ROWS_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None or not self._rows:
            return
        people, times, indices, dicts, in_turn = zip(*self._rows, strict=True)
        # As numpy arrays: given lists, pyarrow would import pandas, for tens of megabytes.
        columns: list[Any] = [
            pa.array(np.array(people, np.int16)),
            pa.array(np.array(times, np.float64)),
            pa.array(np.array(indices, np.int64)),
        ]
        for name in TRACK_ARRAYS:
            block = np.full((len(dicts), _width(name)), np.nan, np.float32)
            for row, arrays in enumerate(dicts):
                if name in arrays:
                    block[row] = np.asarray(arrays[name], np.float32).ravel()
            columns.append(pa.FixedSizeListArray.from_arrays(pa.array(block.ravel()), _width(name)))
        columns.append(pa.array(np.array(in_turn, np.bool_)))
        self.add_table(pa.Table.from_arrays(columns, schema=SCHEMA))
        self._rows.clear()

    def add_table(self, table: pa.Table) -> None:
        """Add rows of the file's schema."""
        assert self._writer is not None
        self._writer.write_table(table)

    def close(self, metadata: dict[str, Any]) -> None:
        """Finish the file: write what is left, then the metadata, then give it its name."""
        self._flush()
        assert self._writer is not None
        self._writer.add_key_value_metadata({"posture": json.dumps({**metadata, "format": FORMAT_VERSION})})
        self._writer.close()
        self._writer = None
        os.replace(self._partial, self.path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> LandmarkWriter:
        try:
            self._writer = pq.ParquetWriter(self._partial, SCHEMA, compression="zstd")
        except BaseException:  # Ctrl-C in the middle of opening, too, leaves no file
            self.abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


def read_landmark_file(path: Path) -> Observation:
    """The Observation saved in `path`.

    Raises
    ------
    OSError, ValueError (pyarrow's ArrowInvalid is one)
        The file cannot be read or is not a landmark file of this format.
    """
    with pq.ParquetFile(path) as file:
        raw = (file.schema_arrow.metadata or {}).get(b"posture") or (file.metadata.metadata or {}).get(b"posture")
        if raw is None:
            raise ValueError(f"expected a landmark file, got a Parquet file without posture metadata: {path}")
        metadata = json.loads(raw)
        if metadata.get("format") not in _READABLE:
            raise ValueError(f"expected a landmark format of {_READABLE}, got {metadata.get('format')}: {path}")
        keys = file.read(columns=["person", "time_s", "frame_index"])
        person, time_s, index = (_numpy(keys.column(i), dtype) for i, dtype in enumerate(("int16", "float64", "int64")))
        arrays: dict[int, dict[str, np.ndarray]] = {int(p): {} for p in np.unique(person) if p != NOBODY}
        for name in TRACK_ARRAYS:
            block = _numpy(file.read(columns=[name]).column(0), "float32").reshape(-1, *TRACK_SHAPES[name])
            for one, kept in arrays.items():
                kept[name] = block[person == one]
        waited = _waited(file, len(person))
    size = (int(metadata["image_size"][0]), int(metadata["image_size"][1]))
    tracks = []
    for one, kept in sorted(arrays.items()):
        own = person == one
        track = Track(person=one, time_s=time_s[own], frame_index=index[own], image_size=size, **kept)
        tracks.append(between_turns(track, waited[own]))
    return Observation(
        tracks=tuple(tracks),
        source_name=metadata["source_name"],
        source_sha256=metadata["source_sha256"],
        image_size=size,
        kind=metadata["kind"],
        duration_s=metadata["duration_s"],
        sample_times_s=np.unique(time_s),
        damage=tuple((float(a), float(b), str(c)) for a, b, c in metadata["damage"]),
        provenance=metadata["provenance"],
        speech=_speech(metadata.get("speech")),
    )


def _waited(file: pq.ParquetFile, rows: int) -> NDArray[np.bool_]:
    """(rows,) in which rows hands or face had to wait."""
    if "in_turn" not in file.schema_arrow.names:
        return np.zeros(rows, np.bool_)
    return np.array(file.read(columns=["in_turn"]).column(0).to_pylist(), np.bool_)


def renumber(path: Path, numbers: Mapping[int, NDArray[np.integer]]) -> None:
    """Give people other numbers: by the number in the file, the new one of each of their samples in the order of time.

    Raises
    ------
    OSError, ValueError
        As `read_landmark_file`; the file stays as it was.
    """
    done = dict.fromkeys(numbers, 0)
    with pq.ParquetFile(path) as file, LandmarkWriter(path) as target:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            person = _numpy(table.column(0), "int16").copy()
            own = {one: person == one for one in numbers}
            for one, rows in own.items():
                n = int(rows.sum())
                person[rows] = numbers[one][done[one] : done[one] + n]
                done[one] += n
            target.add_table(table.set_column(0, SCHEMA.field(0), pa.array(person)))
        target.close(json.loads((file.metadata.metadata or {})[b"posture"]))


def _speech(saved: dict[str, Any] | None) -> Speech | None:
    if saved is None:
        return None
    return Speech(
        stretches=tuple(Stretch(**one) for one in saved["stretches"]),
        heard_s=tuple((float(a), float(b)) for a, b in saved["heard_s"]),
        reason=str(saved["reason"]),
        model=str(saved["model"]),
    )


def _numpy(column: pa.ChunkedArray, dtype: str) -> np.ndarray:
    """The numbers of a column without nulls. Not by `to_numpy`, which imports pandas, for tens of megabytes."""
    parts = []
    for chunk in column.chunks:
        values = chunk.flatten() if pa.types.is_fixed_size_list(chunk.type) else chunk
        whole = np.frombuffer(values.buffers()[1], dtype)
        parts.append(whole[values.offset : values.offset + len(values)])
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def observation_metadata(observation: Observation) -> dict[str, Any]:
    """The JSON part of the landmark file for `LandmarkWriter.close`."""
    return {
        "source_name": observation.source_name,
        "source_sha256": observation.source_sha256,
        "image_size": list(observation.image_size),
        "kind": observation.kind,
        "duration_s": observation.duration_s,
        "damage": [list(d) for d in observation.damage],
        "provenance": observation.provenance,
        "speech": asdict(observation.speech) if observation.speech else None,
    }
