"""All movements of one person."""

from __future__ import annotations

from posture.findings import Move
from posture.measures.registry import Scene
from posture.moves.arms import find_gestures
from posture.moves.bows import find_bows, find_nods
from posture.moves.counter import find_counter_hand_overs
from posture.moves.squats import find_squats
from posture.moves.stances import find_stance_changes
from posture.moves.walks import find_walks
from posture.references import Gesture


def find_moves(scene: Scene, known: dict[str, Gesture], asked: str | None = None) -> tuple[Move, ...]:
    """Everything that has a beginning and an end, in time order. `asked`: a gesture's id when only it is practised."""
    found = find_gestures(scene, list(known.values()), asked)
    for giving in (g for g in known.values() if g.group == "hand_over" and asked in (None, g.id)):
        over = find_counter_hand_overs(scene, giving.id)
        found += [m for m in over if not any(m.start_s < o.end_s and o.start_s < m.end_s for o in found)]
    bows = find_bows(scene)
    nods = [n for n in find_nods(scene) if not any(n.start_s < b.end_s and b.start_s < n.end_s for b in bows)]
    found += bows + nods + find_squats(scene) + find_walks(scene) + find_stance_changes(scene)
    return tuple(sorted(found, key=lambda m: (m.start_s, m.kind, m.side)))
