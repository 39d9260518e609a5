"""All contacts of a recording."""

from __future__ import annotations

from collections.abc import Sequence

from posture.findings import Contact, Role, StepVerdict
from posture.flow.contacts import Roles, Visit, guessed_roles, visits, without_client
from posture.flow.evidence import Evidence, RawTracks, evidence
from posture.flow.files import Flow, load_flow
from posture.flow.judge import judge_contact, order_share
from posture.flow.soften import principles, soften
from posture.landmarks import Speech
from posture.measures.registry import Scene

LEAST_ALONE = 4
"""Without a client in the picture so many different sub-steps must be seen before a service is told of (own choice)."""


def find_contacts(
    scenes: Sequence[Scene],
    roles: Roles | None = None,
    speech: Speech | None = None,
    flow: Flow | None = None,
    raw: RawTracks | None = None,
) -> tuple[Contact, ...]:
    """Every contact of every clerk, in time order.

    scenes : one a person, with their moves, those of `states.find_stance_changes` included. roles : person to role;
    None to guess. speech : when somebody speaks. raw : see `evidence`.
    """
    flow = flow or load_flow()
    roles = guessed_roles(scenes) if roles is None else roles
    clients = [s for s in scenes if roles.get(s.track.person) == Role.CLIENT]
    found = []
    for clerk in (s for s in scenes if roles.get(s.track.person) == Role.CLERK and len(s.track)):
        own = [(client, visit) for client in clients for visit in visits(client)]
        found += [_contact(clerk, visit, evidence(clerk, client, visit, raw), speech, flow) for client, visit in own]
        if not clients:
            whole = without_client(clerk)
            alone = _contact(clerk, whole, evidence(clerk, None, whole), speech, flow)
            seen = [s for s in alone.sub_steps if s.verdict in (StepVerdict.SEEN, StepVerdict.PARTIAL)]
            found += [alone] if len(seen) >= LEAST_ALONE else []
    return tuple(sorted(found, key=lambda c: (c.start_s, c.client or 0)))


def _contact(clerk: Scene, visit: Visit, found: Evidence, speech: Speech | None, flow: Flow) -> Contact:
    results = judge_contact(flow, found, visit)
    return Contact(
        clerk=clerk.track.person,
        client=visit.client,
        start_s=visit.start_s,
        end_s=visit.end_s,
        arrival_s=visit.arrival_s,
        sits_s=visit.sits_s,
        rises_s=visit.rises_s,
        leaves_s=visit.leaves_s,
        sub_steps=results,
        principles=principles(flow, results, visit, speech),
        soften=soften(clerk, visit, speech),
        order_share=order_share(results),
    )
