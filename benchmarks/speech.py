"""Accuracy of when somebody speaks: recordings put together from speech, pauses and noise, with truth.

Every case is a recording with pictures and AAC stereo at 48 kHz and goes through `posture.speech.speech`. Speech is
what clean recordings of one voice each hold (any sound files in folders, one folder for a voice) and Mandarin by eSpeak
NG where its command is installed. Truth is the energy of the clean speech; noises are made here. The voices measured
in docs/accuracy.md are Debian's asterisk-core-sounds-en-g722, -fr-g722, -it-g722 and -ru-g722 (people reading, 16 kHz),
unpacked:

    python -m benchmarks.speech FOLDER FOLDER FOLDER FOLDER [--write]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from benchmarks.accuracy_report import table
from posture.landmarks import Array, Speech
from posture.native import silence_native_stderr
from posture.sound import RATE_HZ
from posture.speech import PAUSE_S, speech
from tests.media import with_sound

ROOT = Path(__file__).parents[1]
TEXTS = (ROOT / "benchmarks" / "accuracy_template.md", ROOT / "docs" / "accuracy.md")
MARKS = ("<!-- written by benchmarks.speech -->", "<!-- end of speech -->")
STEP = RATE_HZ // 100
"""Truth has a value every 10 ms."""
CASE_S = 30
PER_VOICE = 60
NO_SPEECH = ("beep", "tone", "silence", "tt-", "music")
"""Words in the names of prompts that hold no speech."""
PROCESSES = 4
LEVEL = 0.1
"""Root mean square of speech at 0 dB of gain: -20 dB of full scale."""
MANDARIN = ("您好，请坐。", "请问您要办理什么业务？", "请出示您的身份证和申请表。", "请稍等，我帮您查一下。",
            "这里需要您签个字，谢谢。", "您的业务已经办好了，请您核对一下。", "请慢走，再见。")  # fmt: skip
SPEAKERS = ("cmn", "cmn+f3", "cmn+m5", "cmn+f5")


def hum(n: int, rng: np.random.Generator) -> Array:
    t = np.arange(n) / RATE_HZ
    return sum(np.sin(2 * np.pi * 50 * k * t + k) / k for k in (1, 2, 3, 4, 6, 9)) + 0.05 * fan(n, rng)


def white(n: int, rng: np.random.Generator) -> Array:
    return rng.normal(size=n)


def fan(n: int, rng: np.random.Generator) -> Array:
    """Noise that falls by 3 dB an octave, as air conditioning does."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    noise: Array = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), n)
    return noise / noise.std()


def music(n: int, rng: np.random.Generator) -> Array:
    """Chords of three plucked notes with harmonics."""
    out = np.zeros(n)
    at = 0
    while at < n:
        t = np.arange(min(int(RATE_HZ * rng.choice([0.25, 0.5, 1.0])), n - at)) / RATE_HZ
        for step in rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 16], 3, replace=False):
            hz = 220 * 2 ** (step / 12)
            out[at : at + len(t)] += sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in range(1, 6)) * np.exp(-2 * t)
        at += len(t)
    return out


def keys(n: int, rng: np.random.Generator) -> Array:
    """Typing: a click on pressing and a softer one on letting go."""
    out = np.zeros(n)
    at = 0
    while at < n - RATE_HZ:
        for later, loud in ((0.0, 1.0), (0.08, 0.5)):
            start, m = at + int(later * RATE_HZ), int(0.02 * RATE_HZ)
            out[start : start + m] += loud * rng.normal(size=m) * np.exp(-np.arange(m) / (0.004 * RATE_HZ))
        at += int(rng.uniform(0.09, 0.4) * RATE_HZ)
    return out


def chime(n: int, rng: np.random.Generator) -> Array:
    """The two tones of a queue display, every 3 to 8 seconds."""
    out = np.zeros(n)
    at = 0
    t = np.arange(int(1.2 * RATE_HZ)) / RATE_HZ
    while at < n - 2 * RATE_HZ:
        for later, hz in ((0.0, 659), (0.5, 523)):
            start = at + int(later * RATE_HZ)
            out[start : start + len(t)] += np.sin(2 * np.pi * hz * t) * np.exp(-3 * t)
        at += int(rng.uniform(3, 8) * RATE_HZ)
    return out


def chairs(n: int, rng: np.random.Generator) -> Array:
    """Creaks and scrapes: noise in a narrow band that glides, with a rough edge, half a second each."""
    out = np.zeros(n)
    at = 0
    while at < n - RATE_HZ:
        t = np.arange(int(rng.uniform(0.2, 0.6) * RATE_HZ)) / RATE_HZ
        phase = 2 * np.pi * (rng.uniform(200, 700) * t + rng.uniform(-300, 300) * t**2)
        rough = 1 + np.sign(np.sin(2 * np.pi * rng.uniform(25, 60) * t))
        out[at : at + len(t)] += (np.sin(phase) + 0.5 * np.sin(2.7 * phase) + 0.3 * rng.normal(size=len(t))) * rough
        at += int(rng.uniform(0.8, 3) * RATE_HZ)
    return out


NOISES: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "white": white, "fan": fan, "hum": hum, "music": music, "keys": keys, "chime": chime, "chairs": chairs,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One recording: `sound` (N,) at 16 kHz, `truth` (N / 160,) whether somebody speaks."""

    name: str
    sound: Array
    truth: Array


@dataclass(frozen=True)
class Outcome:
    """Seconds by truth and finding; errors of the edges in seconds, found less true; sentences, those missed."""

    name: str
    both_s: float
    found_s: float
    true_s: float
    sentences: int
    missed: int
    false_stretches: int
    starts_s: Array
    ends_s: Array
    cpu_s: float
    length_s: float


def read(path: Path) -> Array:
    """The samples of a sound file at 16 kHz."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        parts = []
        for frame in file.decode(audio=0):
            frame.pts = None
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(parts) if parts else np.zeros(0)


def truth_of(clean: Array) -> Array:
    """Whether somebody speaks every 10 ms of clean speech: within 35 dB of its loudest; short pauses belong to it."""
    n = len(clean) // STEP
    level_db = 10 * np.log10((clean[: n * STEP].reshape(n, STEP) ** 2).mean(axis=1) + 1e-12)
    speaks = level_db > np.percentile(level_db, 95) - 35
    at = np.flatnonzero(speaks)
    for a, b in pairwise(at):
        speaks[a:b] |= (b - a) / 100 <= PAUSE_S
    return speaks


def voices(folders: list[Path], rng: np.random.Generator) -> dict[str, list[Array]]:
    """Sentences of one voice for each folder, and of eSpeak NG."""
    found: dict[str, list[Array]] = {}
    for folder in folders:
        files = sorted(p for p in folder.rglob("*") if p.suffix in (".g722", ".wav", ".flac", ".ogg"))
        files = [p for p in files if not any(word in str(p.relative_to(folder)) for word in NO_SPEECH)]
        chosen = [files[i] for i in rng.permutation(len(files))[:PER_VOICE]]
        found[folder.name] = [s for s in map(read, chosen) if len(s) > 0.7 * RATE_HZ]
    if shutil.which("espeak-ng"):
        with tempfile.TemporaryDirectory() as scratch:
            made = Path(scratch) / "a.wav"
            found["eSpeak NG, Mandarin"] = []
            for speaker in SPEAKERS:
                for text in MANDARIN:
                    subprocess.run(["espeak-ng", "-v", speaker, "-s", "150", "-w", made, text], check=True)
                    found["eSpeak NG, Mandarin"].append(read(made))
    return found


def conversation(sentences: list[Array], rng: np.random.Generator) -> tuple[Array, Array]:
    """Sentences of different loudness with pauses of 0.6 to 5 s, and the truth."""
    sound, truth = np.zeros(CASE_S * RATE_HZ), np.zeros(CASE_S * 100, bool)
    at = RATE_HZ
    while True:
        one = sentences[rng.integers(len(sentences))]
        if at + len(one) > len(sound) - RATE_HZ:
            return sound, truth
        loud = LEVEL * 10 ** (rng.uniform(-6, 3) / 20) / (np.sqrt((one**2).mean()) + 1e-9)
        speaks = truth_of(one)
        sound[at : at + len(one)] += loud * one
        truth[at // STEP : at // STEP + len(speaks)] = speaks
        at += (len(one) + int(rng.uniform(0.6, 5.0) * RATE_HZ)) // STEP * STEP


def echoing(sound: Array, rng: np.random.Generator) -> Array:
    """As in a hall that takes 0.6 s to fall by 60 dB."""
    t = np.arange(int(0.6 * RATE_HZ)) / RATE_HZ
    answer = rng.normal(size=len(t)) * np.exp(-6.9 * t / 0.6) * 0.03
    answer[0] = 1.0
    n = len(sound) + len(answer)
    return np.fft.irfft(np.fft.rfft(sound, n) * np.fft.rfft(answer, n), n)[: len(sound)]


def cases(sentences: list[Array], rng: np.random.Generator) -> list[Case]:
    """What is done to one voice's speech."""
    sound, truth = conversation(sentences, rng)
    made = [Case("clean", sound, truth), Case("echo", echoing(sound, rng), truth)]
    made += [Case(f"clean, {gain} dB", sound * 10 ** (gain / 20), truth) for gain in (-15, -30)]
    for name, noise in NOISES.items():
        wave = noise(len(sound), rng)
        for ratio_db in (10, 0):
            loud = LEVEL * 10 ** (-ratio_db / 20) / wave.std()
            made.append(Case(f"{name}, {ratio_db} dB under speech", sound + loud * wave, truth))
    return made


def judge(case: Case) -> Outcome:
    """The outcome of one case through a real file."""
    with tempfile.TemporaryDirectory() as scratch:
        return _judge(case, Path(scratch))


def _judge(case: Case, folder: Path) -> Outcome:
    loudest = max(1.0, np.abs(case.sound).max())
    wide = np.interp(np.arange(0, len(case.sound), 1 / 3), np.arange(len(case.sound)), case.sound / loudest)
    path = with_sound(folder / "case.mp4", wide)
    before = time.process_time()
    found = speech(path)
    return outcome(case, found, time.process_time() - before)


def outcome(case: Case, found: Speech, cpu_s: float) -> Outcome:
    mask = np.zeros(len(case.truth) + 100, bool)
    for one in found.stretches:
        mask[round(one.start_s * 100) : round(one.end_s * 100)] = True
    mask = mask[: len(case.truth)]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], case.truth, [0]]).astype(int))).reshape(-1, 2) / 100
    starts, ends, missed = [], [], 0
    before, after = np.append(0.0, edges[:, 1])[:-1], np.append(edges[:, 0], np.inf)[1:]
    for a, b, last_end, next_start in zip(*edges.T, before, after, strict=True):
        over = [s for s in found.stretches if s.start_s < b and s.end_s > a]
        missed += not over
        # a stretch that goes on from the sentence before, or to the next, has no edge here
        starts += [s.start_s - a for s in over[:1] if s.start_s >= last_end]
        ends += [s.end_s - b for s in over[-1:] if s.end_s <= next_start]
    false = sum(not case.truth[round(s.start_s * 100) : round(s.end_s * 100)].any() for s in found.stretches)
    both, total, true = (float(m.sum()) / 100 for m in (mask & case.truth, mask, case.truth))
    return Outcome(case.name, both, total, true, len(edges), missed, false, np.array(starts), np.array(ends), cpu_s,
                   len(case.truth) / 100)  # fmt: skip


def report(outcomes: dict[str, list[Outcome]], noise: list[Outcome]) -> str:
    rows = []
    for name in dict.fromkeys(o.name for found in outcomes.values() for o in found):
        same = [o for found in outcomes.values() for o in found if o.name == name]
        rows.append([name, *_numbers(same)])
    heads = ["sound", "precision", "recall", "sentences missed", "false stretches in 10 min"]
    heads += ["start: median, p95 of error, s", "end: median, p95 of error, s"]
    by_voice = [[voice, *_numbers(found)] for voice, found in outcomes.items()]
    silent = [[o.name, f"{o.length_s / 60:.0f} min", str(o.false_stretches), f"{o.found_s:.1f} s"] for o in noise]
    every = [o for found in (*outcomes.values(), noise) for o in found]
    cost = sum(o.cpu_s for o in every) / sum(o.length_s for o in every)
    return "\n".join(
        [
            table(heads, rows),
            table(["voice, all sounds", *heads[1:]], by_voice),
            table(["nobody speaks", "length", "false stretches", "taken for speech"], silent),
            f"Decoding and listening take {60 * cost:.2f} s of one core for a minute of recording.\n",
        ]
    )


def _numbers(found: list[Outcome]) -> list[str]:
    both, total, true, length = (sum(getattr(o, f) for o in found) for f in ("both_s", "found_s", "true_s", "length_s"))
    missed, sentences = sum(o.missed for o in found), sum(o.sentences for o in found)
    starts, ends = (np.concatenate([getattr(o, f) for o in found]) for f in ("starts_s", "ends_s"))
    edges = [f"{np.median(e):+.2f}, {np.percentile(np.abs(e), 95):.2f}" if len(e) else "–" for e in (starts, ends)]
    return [
        f"{both / total:.3f}" if total else "–",
        f"{both / true:.3f}" if true else "–",
        f"{missed} of {sentences}",
        f"{600 * sum(o.false_stretches for o in found) / length:.1f}",
        *edges,
    ]


def main() -> None:
    silence_native_stderr()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speech", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="clean speech, one folder for a voice")
    parser.add_argument("--write", action="store_true", help="also write the section of the docs")
    given = parser.parse_args()
    rng = np.random.default_rng(11)
    spoken = {voice: cases(sentences, rng) for voice, sentences in voices(given.folders, rng).items()}
    n = 2 * 60 * RATE_HZ
    nobody = [(name, make(n, rng)) for name, make in NOISES.items()]
    with ProcessPoolExecutor(PROCESSES) as pool:
        outcomes = {voice: list(pool.map(judge, made)) for voice, made in spoken.items()}
        noise = list(pool.map(judge, [Case(k, LEVEL * w / w.std(), np.zeros(n // STEP, bool)) for k, w in nobody]))
    text = report(outcomes, noise)
    print(text)
    for path in TEXTS if given.write else ():
        before, rest = path.read_text(encoding="utf-8").split(MARKS[0])
        path.write_text(f"{before}{MARKS[0]}\n{text}{MARKS[1]}{rest.split(MARKS[1])[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
