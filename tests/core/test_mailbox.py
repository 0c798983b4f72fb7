import threading

from loraviewer.core.mailbox import Mailbox


def test_sixty_ticks_are_one_letter():
    mailbox: Mailbox[int] = Mailbox()
    displaced = [mailbox.put("current", tick) for tick in range(60)]
    assert displaced == [None, *range(59)]
    assert mailbox.take() == 59
    assert mailbox.take() is None


def test_a_newer_letter_keeps_its_place_in_the_queue():
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("base", "base 1")
    mailbox.put("current", "current 1")
    mailbox.put("base", "base 2")
    assert [mailbox.take(), mailbox.take()] == ["base 2", "current 1"]


def test_clear_and_withdraw_give_letters_back():
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("a", "1")
    mailbox.put("b", "2")
    assert mailbox.withdraw("a") == "1"
    assert mailbox.withdraw("a") is None
    assert mailbox.clear() == ["2"]
    assert len(mailbox) == 0


def test_no_letter_is_lost_or_doubled_between_threads():
    mailbox: Mailbox[int] = Mailbox()
    gone: list[int] = []
    finished = threading.Event()

    def read() -> None:
        while not (finished.is_set() and len(mailbox) == 0):
            letter = mailbox.take()
            if letter is not None:
                gone.append(letter)

    reader = threading.Thread(target=read)
    reader.start()
    for letter in range(5_000):
        displaced = mailbox.put(f"seat {letter % 7}", letter)
        if displaced is not None:
            gone.append(displaced)
    finished.set()
    reader.join()
    assert sorted(gone) == list(range(5_000))
