"""Runs of Kedro in processes forked from one that has imported everything, as starting is slow."""

import os
import shutil
import sys
from pathlib import Path

import yaml
from photo_inputs import halves
from pictures import encoded

PROJECT = Path(__file__).parents[2]


def make_project(folder, classes=("fox", "owl")):
    """The real configuration on a folder of a few photos, with results in ``data``."""
    conf = folder / "conf"
    shutil.copytree(PROJECT / "conf" / "base", conf / "base")
    (conf / "local").mkdir()
    place = {"wildlife_folder": str(folder / "photos"), "results": str(folder / "data")}
    (conf / "local" / "globals.yml").write_text(yaml.safe_dump(place))
    small = {"photos": {"image_size": 16}}
    (conf / "local" / "parameters.yml").write_text(yaml.safe_dump(small))
    for number, name in enumerate(classes):
        (folder / "photos" / name).mkdir(parents=True)
        for shade in range(4):
            image = halves((50 * shade, 90 * number, 40), (9, 9 + shade, 9))
            (folder / "photos" / name / f"{shade}.png").write_bytes(encoded(image, "PNG"))
    return folder


def run_here(folder, *arguments):
    """Run in this process; ends it with the exit code of ``kedro run``."""
    from wildroad import cli

    os.chdir(PROJECT)
    conf = ["--conf-source", str(folder / "conf"), "--env", "local"]
    cli.run.main([*conf, *arguments], prog_name="kedro run")


def forked(folder, number, arguments, before=int):
    """Start a run in a process of its own that prints into a file; its id."""
    if child := os.fork():
        return child
    sys.stdout = sys.stderr = (folder / f"output{number}").open("w", buffering=1)
    for descriptor in (1, 2):
        os.dup2(sys.stdout.fileno(), descriptor)
    code = 70
    try:
        before()
        run_here(folder, *arguments)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def result(folder, number, child):
    """Exit code of a run, negative for a signal, and what it printed."""
    status = os.waitpid(child, 0)[1]
    text = (folder / f"output{number}").read_text(errors="replace")
    return {"code": os.waitstatus_to_exitcode(status), "text": text, "process": child}


def prepare():
    """Import what a run needs, once for all of them."""
    from kedro.framework.project import pipelines
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT)
    return list(pipelines.items())
