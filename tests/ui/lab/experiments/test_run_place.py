"""Who makes the pictures: chosen in a window of its own, told of where the run is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from loraviewer.core.experiments.hands import IN_STUDIO, AtWork, RunsOn
from loraviewer.ui.lab.experiments.run_place import RunPlace


@pytest.fixture
def place(experiments, window):
    dialog = RunPlace(experiments, window)
    dialog.show()
    return dialog


def test_it_begins_in_the_studio_and_says_what_that_means(place):
    assert place.here.isChecked()
    assert place.said == "Pictures that you wait for always come first."


def test_processes_count_at_once_and_as_many_as_are_asked_for(place, experiments):
    place.processes.setFocus()
    QTest.keyClick(place.processes, Qt.Key.Key_Space)
    assert experiments.runs_on == RunsOn(who="processes", workers=2)
    place.workers.setFocus()
    place.workers.selectAll()
    QTest.keyClicks(place.workers, "3")
    QTest.keyClick(place.workers, Qt.Key.Key_Return)
    assert experiments.runs_on == RunsOn(who="processes", workers=3)
    assert "its own memory" in place.said


def test_a_cluster_is_local_until_an_address_is_typed(place, experiments):
    place.cluster.setFocus()
    QTest.keyClick(place.cluster, Qt.Key.Key_Space)
    assert experiments.runs_on == RunsOn(who="cluster", address="local")
    assert "ends with the run" in place.said
    place.address.setFocus()
    place.address.selectAll()
    QTest.keyClicks(place.address, " 10.0.0.5:6379 ")
    QTest.keyClick(place.address, Qt.Key.Key_Return)
    assert experiments.runs_on == RunsOn(who="cluster", address="10.0.0.5:6379")
    assert "on all nodes" in place.said


def press(button) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def test_each_place_keeps_its_own_while_another_is_chosen(experiments, window):
    kept = RunsOn(who="processes", address="10.0.0.5:6379", workers=5)
    experiments.run_on(kept)
    for name in ("cluster", "here", "processes"):
        dialog = RunPlace(experiments, window)
        dialog.show()
        press(getattr(dialog, name))
        assert (dialog.workers.value(), dialog.address.text()) == (5, "10.0.0.5:6379")
        dialog.close()
    assert experiments.runs_on == kept


def test_a_cluster_of_an_earlier_version_leaves_two_processes(experiments, window):
    experiments.run_on(RunsOn(who="cluster", address="10.0.0.5:6379", workers=0))
    dialog = RunPlace(experiments, window)
    dialog.show()
    press(dialog.processes)
    assert experiments.runs_on == RunsOn(who="processes", address="10.0.0.5:6379", workers=2)


def test_without_ray_it_says_how_to_get_it(experiments, window):
    experiments.no_cluster = "Ray is not installed; add it with “pip …”."
    dialog = RunPlace(experiments, window)
    assert not dialog.cluster.isEnabled()
    assert dialog.said == experiments.no_cluster
    assert experiments.runs_on == IN_STUDIO


def test_what_is_chosen_elsewhere_is_shown(place, experiments):
    chosen = RunsOn(who="processes", address="10.0.0.5:6379", workers=5)
    experiments.run_on(chosen)
    assert place.processes.isChecked()
    assert place.workers.value() == 5
    assert experiments.runs_on == chosen


def test_the_page_says_before_a_start_who_would_make_the_pictures(page, experiments):
    assert "make" not in page.run.words
    experiments.run_on(RunsOn(who="processes", workers=5))
    assert page.run.words.endswith("5 processes of this computer make the pictures.")
    experiments.run_on(RunsOn(who="cluster", address="10.0.0.5:6379"))
    assert page.run.words.endswith("The Ray cluster at 10.0.0.5:6379 makes the pictures.")
    experiments.run_on(IN_STUDIO)
    assert "pictures." not in page.run.words


def test_the_page_says_who_is_at_work(page, experiments):
    experiments.say_started(page.asked)
    experiments.say_going(3, 8, 60.0)
    experiments.say_hands(AtWork(2, 4, 3))
    assert "4 workers on 2 nodes, 3 at work" in page.run.progress
    experiments.say_hands(AtWork(1, 1, 1, "a worker on “a” ended."))
    assert "1 worker on 1 node, 1 at work · a worker on “a” ended." in page.run.progress
    experiments.say_hands(None)
    assert "worker" not in page.run.progress
