"""Who serves whom, and when: a contact is one client's stay at the counter, with the moments that limits refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from posture.findings import Role
from posture.geometry import stretches
from posture.landmarks import Pose
from posture.measures.common import mid_shoulder
from posture.measures.registry import Scene
from posture.measures.stances import own_width_px, walking
from posture.states import ABSENT_S

Roles = Mapping[int, Role]
"""Person to role; whoever is left out has none."""

LEAST_STAY_S = 6.0
"""Whoever is in view for less, or stands still for less than a third of it, passes by (own choices)."""
SAME_VISIT_S = 8.0
"""A client who is out of sight for no longer is still the same visit: people hide each other (own choice)."""
BEHIND_COUNTER_SHARE = 0.6
"""A clerk's legs are unseen for at least this share of the time (own choice)."""
FACES_UP_TO_DEG = 100.0
"""A clerk is turned from the camera by no more than this: the camera is on the client's side (own choice)."""
_STILL_S = 0.8
_KNEES = (Pose.LEFT_KNEE, Pose.RIGHT_KNEE)


@dataclass(frozen=True)
class Visit:
    """A client's stay in view and its moments in seconds; None where they were not seen."""

    client: int | None
    start_s: float
    end_s: float
    arrival_s: float | None = None
    sits_s: float | None = None
    rises_s: float | None = None
    leaves_s: float | None = None

    @property
    def middle_s(self) -> float:
        """Halfway from coming to going."""
        going = [t for t in (self.rises_s, self.leaves_s, self.end_s) if t is not None]
        return ((self.arrival_s if self.arrival_s is not None else self.start_s) + going[0]) / 2


def guessed_roles(scenes: Sequence[Scene], told: Roles | None = None) -> dict[int, Role]:
    """Roles where nobody told them: the clerk, unless one is told, is the largest of those whose legs a counter hides
    and who hardly walk; everybody else who stays a while is a client. Empty when nobody is behind a counter."""
    told = told or {}
    clerks = [s for s in scenes if told.get(s.track.person) is Role.CLERK]
    behind = [s for s in scenes if s.track.person not in told and _behind_counter(s)]
    if not clerks and behind:
        clerks = [max(behind, key=lambda s: float(np.nanmedian(own_width_px(s))) * len(s.track))]
    if not clerks:
        return {}
    roles: dict[int, Role] = {clerk.track.person: Role.CLERK for clerk in clerks}
    for scene in scenes:
        if scene.track.person not in roles:
            roles[scene.track.person] = Role.CLIENT if visits(scene) else Role.BYSTANDER
    return roles


def _behind_counter(scene: Scene) -> bool:
    knees = np.isfinite(scene.track.pose_px[:, list(_KNEES), 0]).any(1)
    known = np.isfinite(own_width_px(scene)).any() and len(scene.track) > 1 and scene.yaw_deg is not None
    # Over a client's shoulder the client is larger, and the picture may cut off their legs as well.
    faces = known and float(np.nanmedian(np.abs(np.asarray(scene.yaw_deg)))) <= FACES_UP_TO_DEG
    return bool(faces and (~knees).mean() >= BEHIND_COUNTER_SHARE and walking(scene).mean() < 0.3)


def visits(client: Scene) -> list[Visit]:
    """The stays of one person before the counter, in time order."""
    time_s = client.track.time_s
    found = []
    for first, last in stretches(np.ones(len(time_s), bool), time_s, SAME_VISIT_S):
        visit = _visit(client, first, last)
        if visit is not None:
            found.append(visit)
    return found


def _visit(client: Scene, first: int, last: int) -> Visit | None:
    """Arrival is when the person stops walking for the first time, leaving when they walk off for the last time."""
    time_s = client.track.time_s[first : last + 1]
    still = ~walking(client)[first : last + 1] & np.isfinite(mid_shoulder(client)[first : last + 1, 0])
    stays = [s for s in stretches(still, time_s, ABSENT_S, 0.3) if time_s[s[1]] - time_s[s[0]] >= _STILL_S]
    whole_s = float(time_s[-1] - time_s[0])
    if not stays or whole_s < LEAST_STAY_S or sum(time_s[b] - time_s[a] for a, b in stays) < whole_s / 3:
        return None
    start_s, end_s = float(time_s[0]), float(time_s[-1])
    arrival_s, leaves_s = float(time_s[stays[0][0]]), float(time_s[stays[-1][1]])
    inside = [m for m in client.moves if start_s <= m.start_s <= end_s]
    sits = min((m.end_s for m in inside if m.kind == "sit_down"), default=None)
    rises = [m.start_s for m in inside if m.kind == "stand_up" and (sits is None or m.start_s > sits)]
    was_there, stays_on = stays[0][0] == 0, stays[-1][1] == len(time_s) - 1
    return Visit(
        client.track.person, start_s, end_s,
        None if was_there and start_s < _STILL_S else arrival_s, sits, rises[-1] if rises else None,
        None if stays_on else leaves_s,
    )  # fmt: skip


def without_client(clerk: Scene) -> Visit:
    """Nobody but the clerk is in the picture: the whole time, without moments."""
    time_s = clerk.track.time_s
    return Visit(None, float(time_s[0]), float(time_s[-1]))
