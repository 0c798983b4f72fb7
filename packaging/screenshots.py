"""Make the README's pictures of the studio as it is today, on the bundled demo.

    python packaging/screenshots.py [name ...]

The whole studio runs offscreen with settings of its own; nothing of yours is read or changed.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.app.studio import Studio, make_engine
from loraviewer.core.resources import demo_adapters
from loraviewer.core.settings import Settings
from loraviewer.core.settings_file import SettingsFile

FOLDER = Path(__file__).resolve().parent / "screenshots"
SIZE = (1427, 874)
PATIENCE_S = 300
STILL_S = 1.5  # after the last picture: bars fade, previews arrive


class Person:
    """Does what a person would do to come to a scene."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.models = studio.controller

    def wait(self) -> None:
        """Until everything that is to be seen is there, and all is still."""
        end, still_since = time.monotonic() + PATIENCE_S, time.monotonic()
        while time.monotonic() - still_since < STILL_S:
            QApplication.processEvents()
            time.sleep(0.002)  # else Python's lock is rarely the engine thread's
            if not self._is_at_rest():
                still_since = time.monotonic()
            if time.monotonic() > end:
                sys.exit("no picture came")

    def wait_for(self, condition: Callable[[], object]) -> None:
        """For what `wait` knows nothing of; then until all is still."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            QApplication.processEvents()
            time.sleep(0.002)
            if time.monotonic() > end:
                sys.exit("what was waited for did not come")
        self.wait()

    def press(self, name: str) -> None:
        """A row of the table of actions."""
        self.studio.window.actions_table[name].trigger()

    def move(self, **strengths: float) -> None:
        """Faders of the active pane, by the names of their rows."""
        for entry in self.models.stack.stack.entries:
            if entry.name in strengths:
                self.models.stack.set_scale(entry.entry_id, strengths[entry.name])
        self.wait()

    def row(self, name: str) -> str:
        """Id of the row of this name."""
        return next(e.entry_id for e in self.models.stack.stack.entries if e.name == name)

    def turn_on(self, name: str) -> None:
        self.models.stack.set_enabled(self.row(name), True)
        self.wait()

    def turn_off(self, name: str) -> None:
        self.models.stack.set_enabled(self.row(name), False)

    def _is_at_rest(self) -> bool:
        wanted = self.models.document.document.wanted()
        states = [self.models.panes.pane(pane.pane_id) for pane in wanted]
        are_there = all(
            one.shown is not None and not one.shown.request.is_draft and not one.is_outdated
            for one in states
        )
        is_started = (
            bool(self.models.stack.stack.entries) or self.models.document.document.layout > 2
        )
        return is_started and are_there and not self.models.cells.queue.is_at_work


def first_start(person: Person) -> QWidget:
    return person.studio.window


def four_panes(person: Person) -> QWidget:
    """One prompt: the base, both adapters, and each of them alone."""
    person.press("layout_4")
    for birds, night in ((0.0, 1.0), (1.3, 0.0)):
        person.press("duplicate_pane")
        person.move(birds=birds, night=night)
    return person.studio.window


def wipe(person: Person) -> QWidget:
    person.press("look_wipe")
    person.wait()
    return person.studio.window


def filmstrip(person: Person) -> QWidget:
    """Some pictures later, with each adapter's share of the last one, and snapshots."""
    for seed, birds in ((5, 0.4), (8, 0.8), (11, 1.2)):
        person.models.prompt.change(seed=seed, prompt="a house by the sea")
        person.move(birds=birds)
        person.press("take_snapshot")
    person.press("ablation")
    person.wait()
    return person.studio.window


def two_fader_map(person: Person) -> QWidget:
    person.press("map")
    person.models.cells.map.set_resolution(5)
    person.wait()
    window = person.studio.window.map.window
    assert window is not None
    return window


def weights(person: Person) -> QWidget:
    """Two adapters that undo each other, in the dock of weights."""
    rows = {"manga": 0.8, "neon": 0.6, "less-red": 1.0, "less-blue": -0.8}
    demos = {demo.name: demo.path for demo in person.models.demo_adapters}
    for name in ("birds", "night"):
        person.turn_off(name)
    person.models.intake.add([demos[name] for name in rows if name != "neon"])
    person.wait()
    person.turn_on("neon")
    person.move(**rows)
    person.press("weights")
    person.wait()
    return person.studio.window


def blocks(person: Person) -> QWidget:
    """One adapter: nothing on the way in, less on the way out."""
    birds = person.row("birds")
    painted = {"IN01": 0.0, "IN04": 0.0, "OUT06": 0.5, "OUT07": 0.25, "TE1.00": 0.75}
    person.models.stack.set_block_scales(birds, painted)
    person.studio.window.blocks.open(birds)
    person.wait()
    window = person.studio.window.blocks.window(birds)
    assert window is not None
    return window


def experiments(person: Person) -> QWidget:
    """A small ladder of four adapters beside their random twins, done."""
    demos = {demo.name: demo.path for demo in person.models.demo_adapters}
    person.models.intake.add([demos[name] for name in ("manga", "watercolour")])
    person.turn_on("neon")
    person.wait()
    person.press("experiments")
    running = person.models.experiments
    ladder = msgspec.structs.replace(
        running.draft("ladder"),
        prompts=("a girl in a red dress on a beach", "a blue house in a forest"),
        seeds=(1, 2),
        depths=(1, 2, 3, 5),
        orders=1,
        arms=("real", "random"),
        measures=("detail", "ssim", "colourfulness", "fidelity"),
    )
    running.start(ladder)
    while running.state.phase != "finished":
        person.wait()
    person.wait()
    return person.studio.window


def stage(person: Person) -> QWidget:
    """The second of two cues, as it is on a projector."""
    person.press("take_snapshot")
    person.move(birds=0.4)
    person.press("take_snapshot")
    cues, window = person.models.stage.cues, person.studio.window
    cues.add_for_each()
    for cue, words in zip(
        cues.cues, ("Birds.", "Less of the birds: the boat is back."), strict=True
    ):
        cues.say(cue.cue_id, words)
    person.press("present")
    shown = window.stage.window
    assert shown is not None
    shown.showNormal()
    shown.resize(*SIZE)
    for _ in cues.cues:
        person.models.stage.model.next_cue()
    person.wait()
    shown.pointer.rest()
    return shown


def library(person: Person) -> QWidget:
    """A folder with the demo's adapters and their pictures in it, one of them starred."""
    models = person.models.library
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "loras" / "styles"
        folder.mkdir(parents=True)
        for path in demo_adapters():
            for file in path.parent.glob(f"{path.stem}.*"):
                shutil.copy(file, folder)
        person.press("library")
        models.model.add_folder(str(folder))
        person.wait_for(lambda: models.list.rowCount() == len(demo_adapters()))
        favourite = [str(folder / "manga.safetensors")]
        models.list.with_entries(favourite, lambda found: models.notes.turn_stars(list(found)))
        person.wait()
        person.studio.window.grab()  # thumbnails are asked for once they are painted
        person.wait()
    return person.studio.window


def export(person: Person) -> QWidget:
    """Both styles as one adapter file of rank 8, before it is written."""
    person.press("export")
    shown = person.studio.window.exports.window
    assert shown is not None
    person.wait_for(lambda: shown.ranks.plot.curves)
    shown.ranks.plot.point_chosen.emit(0, _rank_8(shown.ranks.plot.curves[0].x))
    shown.place.setText("birds + night.safetensors")
    person.wait()
    return shown


def _rank_8(ranks: Sequence[float]) -> int:
    return list(ranks).index(8)


def tour(person: Person) -> QWidget:
    """The first of the hints."""
    person.press("tour")
    person.wait()
    return person.studio.window


def settings(person: Person) -> QWidget:
    person.press("settings")
    shown = person.studio.window.settings_actions.window
    assert shown is not None
    person.wait()
    return shown


LIGHT, DARK = Settings(theme="light"), Settings(theme="dark")
GERMAN = Settings(theme="light", language="de")
SCENES: dict[str, tuple[Settings, Callable[[Person], QWidget]]] = {
    "studio-light": (LIGHT, first_start),
    "studio-dark": (DARK, first_start),
    "tour": (LIGHT, tour),
    "four-panes": (LIGHT, four_panes),
    "wipe": (LIGHT, wipe),
    "filmstrip": (DARK, filmstrip),
    "map": (LIGHT, two_fader_map),
    "weights": (LIGHT, weights),
    "blocks": (LIGHT, blocks),
    "experiments": (LIGHT, experiments),
    "library": (LIGHT, library),
    "export": (LIGHT, export),
    "settings-german": (GERMAN, settings),
    "stage": (LIGHT, stage),
}


def make(name: str) -> None:
    choices, scene = SCENES[name]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder)
        SettingsFile(config / "settings.json").save(choices)
        studio = Studio(config, config, make_engine, data_folder=config)
        studio.window.resize(*SIZE)
        studio.window.show()
        person = Person(studio)
        person.wait()
        scene(person).grab().save(str(FOLDER / f"{name}.png"))
        studio.window.close()
        studio.dispose()


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    for name in sys.argv[1:] or SCENES:
        make(name)
    del application


if __name__ == "__main__":
    main()
