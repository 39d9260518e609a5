"""ELAN: findings as an .eaf file of format 3.0 (EAFv3.0.xsd), and reading such a file back.

A tier for each person and category, one annotation for each finding. Annotations of one tier may not overlap in ELAN,
so that what overlaps goes to further tiers, numbered. Criteria are a controlled vocabulary in both languages, and every
annotation refers to its entry, so that it is known again whatever its words. ELAN's times are milliseconds.
"""

from __future__ import annotations

import mimetypes
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from urllib.parse import unquote

from posture.errors import OutputError, UnusableInputError
from posture.exchange.coding import Coding, Event
from posture.files import atomic_path
from posture.library import Library
from posture.references import Criterion

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_LANGUAGES = {"zh": ("zho", "中文"), "en": ("eng", "English")}
_FINDING, _REMARK, _VOCABULARY = "finding", "remark", "criteria"
_LEAST_MS = 100
"""A moment is drawn this long: an annotation of ELAN needs a length."""
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Placed = tuple[Event, int, int]
"""An event with its start and end in milliseconds."""


def write_eaf(coding: Coding, library: Library, path: Path) -> None:
    """Write the file; nothing half-written stays behind.

    Raises
    ------
    OutputError
        It cannot be written there, or the source is a photo, in which nothing has a time.
    """
    if coding.kind == "photo":
        raise OutputError("exchange.errors.photo", path=path)
    with atomic_path(path) as partial:
        partial.write_bytes(eaf(coding, library.all_criteria(), path.parent))


def eaf(coding: Coding, criteria: Mapping[str, Criterion], folder: Path | None = None) -> bytes:
    """The document; media are linked absolutely, and relative to `folder` where they lie in it or below."""
    root = ET.Element("ANNOTATION_DOCUMENT", {
        "AUTHOR": coding.statement.get("software", ""), "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
        "FORMAT": "3.0", "VERSION": "3.0", f"{{{_XSI}}}noNamespaceSchemaLocation": _SCHEMA,
    })  # fmt: skip
    _header(root, coding, folder)
    slots = ET.SubElement(root, "TIME_ORDER")
    tiers = _tiers(coding.events)
    numbers = _time_slots(slots, tiers)
    count = 0
    for (name, person), placed in tiers.items():
        count = _tier(root, name, person, placed, numbers, count)
    _types_and_words(root, criteria)
    for node in root.iter():
        node.text = _NOT_XML.sub("", node.text) if node.text else node.text
        node.attrib.update({name: _NOT_XML.sub("", text) for name, text in node.attrib.items()})
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _header(root: ET.Element, coding: Coding, folder: Path | None) -> None:
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    path = Path(coding.path)
    kind = mimetypes.guess_type(coding.name)[0] or "video/mp4"
    media = {"MEDIA_URL": path.resolve().as_uri(), "MIME_TYPE": kind}
    if folder is not None and path.resolve().is_relative_to(folder.resolve()):
        media["RELATIVE_MEDIA_URL"] = "./" + path.resolve().relative_to(folder.resolve()).as_posix()
    ET.SubElement(header, "MEDIA_DESCRIPTOR", media)
    for name, text in coding.statement.items():
        ET.SubElement(header, "PROPERTY", {"NAME": f"posture:{name}"}).text = text


def _tiers(events: Sequence[Event]) -> dict[tuple[str, str], list[Placed]]:
    """By (name of the tier, person), in the order of people; each as many lanes as overlap asks for."""
    kinds: dict[tuple[int, str, str], list[Event]] = defaultdict(list)
    for e in sorted(events, key=lambda e: (e.person, e.category, e.start_s, e.end_s)):
        kinds[e.person, e.who, e.category].append(e)
    tiers: dict[tuple[str, str], list[Placed]] = {}
    for (_, who, category), own in kinds.items():
        lanes: list[list[Placed]] = []
        for e in own:
            start = round(1000 * e.start_s)
            placed = (e, start, max(round(1000 * e.end_s), start + _LEAST_MS))
            free = next((lane for lane in lanes if lane[-1][2] <= start), None)
            if free is None:
                lanes.append([placed])
            else:
                free.append(placed)
        for n, lane in enumerate(lanes, 1):
            tiers[f"{who} · {category}" + (f" ({n})" if n > 1 else ""), who] = lane
    return tiers


def _time_slots(order: ET.Element, tiers: Mapping[tuple[str, str], list[Placed]]) -> dict[int, str]:
    """Milliseconds to the id of their slot; slots stand in time order."""
    numbers = {}
    times = sorted({ms for placed in tiers.values() for _, start, end in placed for ms in (start, end)})
    for n, ms in enumerate(times, 1):
        numbers[ms] = f"ts{n}"
        ET.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": numbers[ms], "TIME_VALUE": str(ms)})
    return numbers


def _tier(root: ET.Element, name: str, who: str, placed: list[Placed], slots: dict[int, str], count: int) -> int:
    """The tier and the one of its remarks; how many annotations there are by now."""
    shared = {"PARTICIPANT": who, "ANNOTATOR": "posture"}
    tier = ET.SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": _FINDING, "TIER_ID": name, **shared})
    remarks = ET.SubElement(
        root, "TIER",
        {"LINGUISTIC_TYPE_REF": _REMARK, "PARENT_REF": name, "TIER_ID": f"{name} · …", **shared},
    )  # fmt: skip
    for e, start, end in placed:
        count += 2
        own = {"ANNOTATION_ID": f"a{count - 1}", "CVE_REF": e.criterion}
        times = {"TIME_SLOT_REF1": slots[start], "TIME_SLOT_REF2": slots[end]}
        one = ET.SubElement(ET.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION", own | times)
        ET.SubElement(one, "ANNOTATION_VALUE").text = e.title
        about = {"ANNOTATION_ID": f"a{count}", "ANNOTATION_REF": f"a{count - 1}"}
        more = ET.SubElement(ET.SubElement(remarks, "ANNOTATION"), "REF_ANNOTATION", about)
        ET.SubElement(more, "ANNOTATION_VALUE").text = " · ".join(t for t in (e.severity, e.remark) if t)
    return count


def _types_and_words(root: ET.Element, criteria: Mapping[str, Criterion]) -> None:
    plain = {"GRAPHIC_REFERENCES": "false"}
    ET.SubElement(root, "LINGUISTIC_TYPE", {
        **plain, "LINGUISTIC_TYPE_ID": _FINDING, "TIME_ALIGNABLE": "true", "CONTROLLED_VOCABULARY_REF": _VOCABULARY,
    })  # fmt: skip
    ET.SubElement(root, "LINGUISTIC_TYPE", {
        **plain, "LINGUISTIC_TYPE_ID": _REMARK, "TIME_ALIGNABLE": "false", "CONSTRAINTS": "Symbolic_Association",
    })  # fmt: skip
    for code, label in _LANGUAGES.values():
        ET.SubElement(root, "LANGUAGE", {"LANG_ID": code, "LANG_LABEL": label})
    ET.SubElement(root, "CONSTRAINT", {
        "STEREOTYPE": "Symbolic_Association", "DESCRIPTION": "1-1 association with a parent annotation",
    })  # fmt: skip
    words = ET.SubElement(root, "CONTROLLED_VOCABULARY", {"CV_ID": _VOCABULARY})
    for name, criterion in criteria.items():
        entry = ET.SubElement(words, "CV_ENTRY_ML", {"CVE_ID": name})
        for language, (code, _) in _LANGUAGES.items():
            ET.SubElement(entry, "CVE_VALUE", {"LANG_REF": code}).text = criterion.title.in_language(language)


@dataclass(frozen=True)
class Annotation:
    """One time-aligned annotation of an .eaf file; `criterion` is the entry it refers to, else its words."""

    media: str
    participant: str
    criterion: str
    start_s: float
    end_s: float
    remark: str


def read_eaf(name: str, data: bytes) -> list[Annotation]:
    """All annotations with times of all tiers, in the file's order; media are names of files.

    Raises
    ------
    UnusableInputError
        It is no .eaf file, or a time slot has no time.
    """
    try:
        root = ET.fromstring(data)
    except ET.ParseError as error:
        raise UnusableInputError("exchange.errors.no_eaf", name=name) from error
    if root.tag != "ANNOTATION_DOCUMENT":
        raise UnusableInputError("exchange.errors.no_eaf", name=name)
    linked = [m.get("MEDIA_URL", "").replace("\\", "/") for m in root.iter("MEDIA_DESCRIPTOR")]
    media = PurePath(unquote(linked[0])).name if linked else ""
    times = {s.get("TIME_SLOT_ID"): s.get("TIME_VALUE") for s in root.iter("TIME_SLOT")}
    remarks = {r.get("ANNOTATION_REF"): r.findtext("ANNOTATION_VALUE") or "" for r in root.iter("REF_ANNOTATION")}
    found = []
    for tier in root.iter("TIER"):
        for one in tier.iter("ALIGNABLE_ANNOTATION"):
            ends = [times.get(one.get(f"TIME_SLOT_REF{k}")) for k in (1, 2)]
            if None in ends:
                raise UnusableInputError("exchange.errors.eaf_times", name=name, tier=tier.get("TIER_ID", ""))
            start_s, end_s = (int(ms or 0) / 1000 for ms in ends)
            value = one.get("CVE_REF") or one.findtext("ANNOTATION_VALUE") or ""
            remark = remarks.get(one.get("ANNOTATION_ID"), "")
            who = tier.get("PARTICIPANT", "")
            found.append(Annotation(media, who, value, start_s, end_s, remark))
    return found
