"""`plion watch`: shows how far a study has come, from its files alone."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from plion.studies.watching.display import Display
from plion.studies.watching.estimate import state_of
from plion.studies.watching.reading import StudyFile, study_folder

_POLL = 0.2  # seconds


def watch(study: str | Path, *, as_json: bool = False) -> int:
    """Shows a study until all its runs have ended; returns 0 if all are done, else 1.

    `study`: its folder, `runs/NAME`, or its YAML file. In a terminal the page is drawn anew every
    two seconds, elsewhere a line is printed every minute. `as_json` prints the state once. Raises
    InputError for a folder that is no study's, and for a damaged file.
    """
    file = StudyFile(study_folder(Path(study)))
    if as_json:
        state = state_of(*file.read())
        print(json.dumps(asdict(state), indent=2, ensure_ascii=False))
        return 0 if state.complete else 1
    with Display(sys.stdout) as display:
        while True:
            if display.due:
                state = state_of(*file.read())
                display.show(state)
                if state.over:
                    return 0 if state.complete else 1
            time.sleep(_POLL)
