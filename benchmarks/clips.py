"""Clips for the benchmarks, made from a shipped sample: any length, size and rate, looped without decoding again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

SAMPLE = Path(__file__).parents[1] / "samples" / "standing_faults.mp4"


def enlarged(target: Path, width: int, height: int, fps: int, seconds: float) -> Path:
    """The sample enlarged and at another rate (pictures repeated), H.264 with ordinary settings."""
    with av.open(str(SAMPLE)) as source, av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "fast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        number = 0
        for picture in source.decode(video=0):
            large = picture.reformat(width, height, "yuv420p")
            while number / fps <= picture.time + 1e-6 and number < seconds * fps:
                large.pts, large.time_base = number, Fraction(1, fps)
                out.mux(stream.encode(large))
                number += 1
            if number >= seconds * fps:
                break
        out.mux(stream.encode(None))
    return target


def looped(source: Path, target: Path, seconds: float) -> Path:
    """`source` again and again up to `seconds`, its packets copied."""
    with av.open(str(target), "w") as out:
        with av.open(str(source)) as first:
            stream = out.add_stream_from_template(first.streams.video[0])
        shift_s = 0.0
        while shift_s < seconds:
            with av.open(str(source)) as again:
                video = again.streams.video[0]
                length_s = float(video.duration * video.time_base)
                for packet in again.demux(video):
                    if packet.dts is None:
                        continue
                    ticks = round(shift_s / packet.time_base)
                    packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                    packet.stream = stream
                    out.mux(packet)
                shift_s += length_s
    return target
