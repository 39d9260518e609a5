"""`posture survey report`: the survey as a workbook and as pages to print. Words in, calls to the core, words out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from posture.cli_common import LANGUAGE, Lang, help_text, progress_bar, require_writable, tell
from posture.cli_survey import HERE, SurveyFolder, survey_app


@survey_app.command("report", help=help_text("survey.report"))
def survey_report(
    survey: SurveyFolder = HERE,
    xlsx: Annotated[Path | None, typer.Option(metavar="FILE", help=help_text("survey.report_xlsx"))] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help=help_text("survey.report_html"))] = None,
    by: Annotated[Literal["window", "outlet", "unit"], typer.Option(help=help_text("survey.report_by"))] = "window",
    unit: Annotated[str | None, typer.Option(help=help_text("survey.report_unit"))] = None,
    outlet: Annotated[str | None, typer.Option(help=help_text("survey.report_outlet"))] = None,
    round_: Annotated[str | None, typer.Option("--round", help=help_text("survey.report_round"))] = None,
    pictures: Annotated[
        Literal["none", "others", "all"], typer.Option(help=help_text("survey.report_pictures"))
    ] = "others",
    scorecards: Annotated[int, typer.Option(min=0, help=help_text("survey.report_cards"))] = 200,
    machine_only: Annotated[bool, typer.Option("--machine-only", help=help_text("survey.report_machine"))] = False,
    lang: Lang = LANGUAGE,  # type: ignore[assignment]
) -> None:
    from posture.errors import UnusableInputError
    from posture.survey.folder import FILE, STORE_FILE

    if xlsx is None and html is None:
        raise UnusableInputError("survey_report.errors.no_file")
    (targets,) = require_writable({"xlsx": xlsx, "html": html}, [survey], [survey / FILE, survey / STORE_FILE])
    from posture.library import load_library
    from posture.report.survey import SurveyWords
    from posture.report.survey_html import Wanted, write_survey_html
    from posture.report.survey_xlsx import write_survey_xlsx
    from posture.survey.cards import keep_reviews
    from posture.survey.folder import opened_survey
    from posture.survey.overview import overview, require_known
    from posture.survey.recordings import recording_paths
    from posture.survey.selection import Filter
    from posture.targets import require_no_input

    wanted = Filter(unit=unit, outlet=outlet, round=round_)
    with opened_survey(survey) as (_, store):
        footage = [Path(path) for path in recording_paths(store)] if any(p.exists() for p in targets.values()) else []
        for target in targets.values():
            require_no_input(target, footage)
        require_known(store, wanted)
        with progress_bar("", "survey.report_reviews") as progress:
            keep_reviews(store, wanted, progress=progress)
        found, words = overview(store, by, wanted, machine_only), SurveyWords(lang, load_library())
        if xlsx is not None:
            with progress_bar(xlsx.name, "survey.report_writing") as progress:
                write_survey_xlsx(store, found, words, xlsx, progress)
            tell("written", path=xlsx)
        if html is not None:
            with progress_bar(html.name, "survey.report_writing") as progress:
                write_survey_html(store, found, words, html, Wanted(scorecards, pictures), progress)
            tell("written", path=html)
