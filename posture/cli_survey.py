"""`posture survey`: thousands of recordings. Words in, calls to the core, words out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from posture.cli_common import LANGUAGE, Lang, help_text, tell

survey_app = typer.Typer(help=help_text("survey.help"), no_args_is_help=True)

SurveyFolder = Annotated[Path, typer.Option("--survey", metavar="FOLDER", help=help_text("survey.folder"))]
HERE = Path(".")
"""What `SurveyFolder` is by default."""


@survey_app.command("init", help=help_text("survey.init"))
def survey_init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=help_text("survey.init_folder"))],
    name: Annotated[str, typer.Option(help=help_text("survey.name"))] = "",
    store: Annotated[str | None, typer.Option(metavar="URL", help=help_text("survey.store"))] = None,
    pattern: Annotated[str | None, typer.Option(help=help_text("survey.pattern"))] = None,
    pose: Annotated[str, typer.Option(help=help_text("check.pose"))] = "auto",
    profile: Annotated[str, typer.Option(help=help_text("check.profile"))] = "government_window",
    variant: Annotated[Literal["any", "female", "male"], typer.Option(help=help_text("check.variant"))] = "any",
    fps: Annotated[float, typer.Option(min=0.5, max=60.0, help=help_text("check.fps"))] = 10.0,
    people: Annotated[int, typer.Option(min=1, max=20, help=help_text("check.people"))] = 8,
    camera_roll: Annotated[float | None, typer.Option(min=-90.0, max=90.0, help=help_text("check.camera_roll"))] = None,
    clerk_region: Annotated[str | None, typer.Option(metavar="X,Y,X,Y", help=help_text("check.clerk_region"))] = None,
    everyone: Annotated[bool, typer.Option("--score-everyone", help=help_text("check.everyone"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.roles import parse_region
    from posture.survey.folder import Settings, make_survey
    from posture.survey.manifest import EXAMPLE_PATTERN

    region = parse_region(clerk_region) if clerk_region else None
    settings = Settings(
        pose=pose, profile=profile, variant=variant, fps=fps, people=people, camera_roll_deg=camera_roll,
        clerk_region=region, score_everyone=everyone,
    )  # fmt: skip
    made = make_survey(folder, name, store, pattern or EXAMPLE_PATTERN, settings)
    tell("survey.made", folder=made.folder, name=made.name)


# Commands of other files that add themselves to `survey_app`:
# from posture import cli_survey_report
# from posture import cli_survey_exchange
