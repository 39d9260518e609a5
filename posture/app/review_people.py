"""Who is who in the recording: a picture of everybody, their name, and the role by which they are judged."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from posture.app.review_region import show_region
from posture.app.review_seat import judged_again, person_pictures
from posture.app.review_view import Work
from posture.app.wording import fault, plain
from posture.errors import PostureError
from posture.findings import PersonFindings, Role
from posture.kept.again import say_who
from posture.report.labels import clock

_PICTURE_PX = 110


def show_people(work: Work) -> None:
    """A form for everybody. Another role has the recording judged again at once."""
    st.caption(work.tell("people.hint"))
    _same_names(work)
    show_region(work)
    shown = person_pictures(work.identifier, work.kept)
    for p in work.kept.result.people:
        with st.form(f"review_person_{p.person}"):
            picture, fields = st.columns([1, 7], vertical_alignment="center")
            if p.person in shown:
                picture.image(shown[p.person], width=_PICTURE_PX)
            with fields:
                _fields(work, p)


def _same_names(work: Work) -> None:
    times = Counter(work.names.values())
    for name in (one for one, count in times.items() if count > 1):
        numbers = [work.words.tell("person", number=n) for n, one in sorted(work.names.items()) if one == name]
        people = ("、" if work.language == "zh" else ", ").join(numbers)
        st.warning(work.tell("people.same_name", name=plain(name), people=people))


def _fields(work: Work, p: PersonFindings) -> None:
    known = work.reviewed.names.get(p.person)
    seen = work.words.seen_from(p) if work.is_photo else work.tell(
        "people.seen", seen=work.words.seconds(p.seen_s), first=clock(p.first_seen_s), last=clock(p.last_seen_s),
        views=work.words.seen_from(p),
    )  # fmt: skip
    st.markdown(f"**{work.words.tell('person', number=p.person)}** · {seen}")
    role_text = work.words.role(p)
    if role_text:
        st.caption(role_text)
    left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
    name = left.text_input(work.tell("people.name"), value=known.name if known else "")
    roles: list[Role | None] = [None, *Role]
    role = middle.selectbox(
        work.tell("people.role"), roles, index=roles.index(known.role if known else None),
        format_func=lambda r: work.words.tell(f"role.{r}") if r else _recognised(work, p),
    )  # fmt: skip
    if right.form_submit_button(work.tell("people.save"), width="stretch"):
        _save(work, p.person, name, role)


def _recognised(work: Work, p: PersonFindings) -> str:
    """What is taken where nobody says a role: known while nobody has said another."""
    if p.role_reason == "told":
        return work.tell("people.role_automatic")
    found = work.words.tell(f"role.{p.role}") if p.role else work.tell("people.role_unknown")
    return work.tell("people.role_recognised", role=found)


def _save(work: Work, person: int, name: str, role: Role | None) -> None:
    try:
        with st.spinner(work.tell("people.judging")):
            identifier = say_who(work.kept, person, name, role, work.seat.who or "–")
    except PostureError as error:
        fault(error, work.language)
        return
    judged_again(work.seat, work.kept, identifier)
    st.toast(work.tell("people.saved"))
    st.rerun()
