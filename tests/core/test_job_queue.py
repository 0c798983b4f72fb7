import threading
from dataclasses import dataclass, field, replace

from loraviewer.core.cancel import CancelToken
from loraviewer.core.job_queue import JobQueue


@dataclass(frozen=True)
class Ticket:
    number: int
    key: str = "current"
    priority: int = 0
    group: object = None
    token: CancelToken = field(default_factory=CancelToken)


def taken(queue: JobQueue[Ticket]) -> list[int]:
    numbers = []
    while (ticket := queue.take()) is not None:
        numbers.append(ticket.number)
        queue.done()
    return numbers


def test_sixty_ticks_are_one_job():
    queue: JobQueue[Ticket] = JobQueue()
    tickets = [Ticket(tick) for tick in range(60)]
    for ticket in tickets:
        queue.put(ticket)
    assert [t.token.is_cancelled for t in tickets] == [True] * 59 + [False]
    assert taken(queue) == [59]


def test_a_newer_job_keeps_the_place_of_the_one_it_displaces():
    queue: JobQueue[Ticket] = JobQueue()
    for ticket in (Ticket(1, "base"), Ticket(2, "current"), Ticket(3, "base")):
        queue.put(ticket)
    assert taken(queue) == [3, 2]


def test_the_most_urgent_comes_first_and_groups_stay_together():
    queue: JobQueue[Ticket] = JobQueue()
    jobs = [(1, 4, "a"), (2, 4, "b"), (3, 3, "b"), (4, 4, "a"), (5, 0, "c")]
    for number, priority, group in jobs:
        queue.put(Ticket(number, f"pane {number}", priority, group))
    # Most urgent: 5, then 3; after 3, whose group is b, the one of the others that shares it.
    assert taken(queue) == [5, 3, 2, 1, 4]


def test_six_panes_of_two_stacks_change_the_stack_once():
    queue: JobQueue[Ticket] = JobQueue()
    for number in range(6):
        queue.put(Ticket(number, f"pane {number}", 4, group=number % 2))
    groups = [number % 2 for number in taken(queue)]
    assert groups == [0, 0, 0, 1, 1, 1]


def test_a_job_that_waits_may_become_more_urgent():
    queue: JobQueue[Ticket] = JobQueue()
    for number in range(3):
        queue.put(Ticket(number, f"pane {number}", 4))
    queue.take()
    for key in ("pane 0", "pane 2", "pane 9"):
        queue.revise(key, lambda ticket: replace(ticket, priority=3))
    queue.done()
    assert taken(queue) == [2, 1]


def test_a_cancel_meets_what_waits_and_what_runs():
    queue: JobQueue[Ticket] = JobQueue()
    running, waiting, other = Ticket(1), Ticket(2), Ticket(3, "base")
    queue.put(running)
    assert queue.take() is running
    assert queue.running is running
    queue.put(waiting)
    queue.put(other)
    assert queue.cancel("current") is waiting
    assert running.token.is_cancelled
    assert waiting.token.is_cancelled
    assert not other.token.is_cancelled
    queue.done()
    assert queue.running is None
    assert queue.cancel("current") is None


def test_cancelling_all_spares_nothing():
    queue: JobQueue[Ticket] = JobQueue()
    tickets = [Ticket(1, "a"), Ticket(2, "b"), Ticket(3, "c")]
    queue.put(tickets[0])
    queue.take()
    for ticket in tickets[1:]:
        queue.put(ticket)
    queue.cancel_all()
    assert all(t.token.is_cancelled for t in tickets)
    assert len(queue) == 0


def test_a_cancel_is_never_lost_between_taking_and_running():
    """At any moment, what was put under a key either waits, or runs, or is done: cancelled from
    another thread it is cancelled before it is done, or was done before."""
    queue: JobQueue[Ticket] = JobQueue()
    done: list[Ticket] = []
    finished = threading.Event()

    def work() -> None:
        while not (finished.is_set() and len(queue) == 0):
            ticket = queue.take()
            if ticket is not None:
                done.append(ticket)
                queue.done()

    worker = threading.Thread(target=work)
    worker.start()
    lost = []
    for number in range(3_000):
        ticket = Ticket(number, "load")
        queue.put(ticket)
        queue.cancel("load")
        # done() may come before cancel(): then the job was over, and the list says so.
        if not ticket.token.is_cancelled and ticket not in done:
            lost.append(number)
    finished.set()
    worker.join()
    assert lost == []


def test_no_job_is_lost_or_doubled_between_threads():
    queue: JobQueue[Ticket] = JobQueue()
    done: list[int] = []
    finished = threading.Event()

    def work() -> None:
        while not (finished.is_set() and len(queue) == 0):
            ticket = queue.take()
            if ticket is not None:
                done.append(ticket.number)
                queue.done()

    worker = threading.Thread(target=work)
    worker.start()
    tickets = [Ticket(number, f"key {number % 7}") for number in range(5_000)]
    for ticket in tickets:
        queue.put(ticket)
    finished.set()
    worker.join()
    displaced = [t.number for t in tickets if t.token.is_cancelled]
    assert sorted([*done, *displaced]) == list(range(5_000))
