"""How long the audit page takes on the server, by section, with a store of 10 000 recordings.

uv run python benchmarks/store.py --store big.sqlite
POSTURE_STORE=big.sqlite uv run python benchmarks/audit_page.py

Prints seconds of the first view of each section, which asks the database, and of the second. The browser comes on top.
"""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest


def page() -> None:
    from posture.app.audit import show

    show("zh")


def timed(app: AppTest, name: str) -> None:
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        app.run()
        taken.append(time.perf_counter() - start)
    if app.exception or app.error:
        raise RuntimeError(f"{name}: {[e.value for e in (*app.exception, *app.error)]}")
    print(f"{name:24s} first {taken[0]:5.2f} s, second {taken[1]:5.2f} s")


def choose(app: AppTest, key: str, value: str) -> None:
    next(b for b in app.button_group if b.key == key).set_value(value)


def main() -> None:
    app = AppTest.from_function(page, default_timeout=100)
    timed(app, "recordings, new server")
    choose(app, "audit_section", "blind")
    app.run()
    app.text_input(key="audit_blind_who").set_value("A")
    timed(app, "blind scoring")
    choose(app, "audit_section", "agreement")
    timed(app, "agreement")
    choose(app, "audit_section", "compare")
    timed(app, "compare units")
    for level in ("outlet", "window", "round"):
        choose(app, "audit_level", level)
        timed(app, f"compare {level}s")
    choose(app, "audit_section", "recordings")
    timed(app, "recordings")


if __name__ == "__main__":
    main()
