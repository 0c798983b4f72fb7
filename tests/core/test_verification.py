"""Verdicts from numbers, and causes in the order in which they count."""

import msgspec
import pytest

from loraviewer.core.infotext import ImageRecord
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.verification import (
    Differences,
    causes_of,
    impossible,
    judged,
    other_size,
)

RECORD = ImageRecord(
    request=GenerationRequest(checkpoint=CheckpointRef("demo", "same")),
    fingerprint="feed",
    threads=2,
    versions={"torch": "2", "diffusers": "1"},
)


@pytest.mark.parametrize(
    ("largest", "mean", "result"),
    [(0, 0.0, "identical"), (1, 0.01, "within"), (2, 1.5, "within"), (3, 0.001, "different")],
)
def test_levels_decide(largest, mean, result):
    answer = judged(Differences(largest, mean), ())
    assert answer.result == result
    assert answer.max_difference == largest
    assert answer.holds == (result != "different")


def test_identical_pictures_need_no_cause():
    assert judged(Differences(0, 0.0), ("torch was 1 and is 2",)).causes == ()


def test_nothing_is_otherwise():
    assert causes_of(RECORD, RECORD) == ()


def test_causes_in_their_order():
    request = msgspec.structs.replace(
        RECORD.request, checkpoint=CheckpointRef("demo", "other"), device="cuda", dtype="float16"
    )
    again = msgspec.structs.replace(
        RECORD, request=request, threads=0, versions={"torch": "3", "more": "1"}, fingerprint="x"
    )
    told = causes_of(RECORD, again, ["manga"])
    words = ["“manga”", "base has other weights", "torch was 2", "device", "precision", "threads"]
    assert len(told) == len(words)
    assert all(word in cause for word, cause in zip(words, told, strict=True))


def test_other_weights_of_the_same_files_are_told():
    again = msgspec.structs.replace(RECORD, fingerprint="dead")
    assert causes_of(RECORD, again) == ("the merged weights are others than then",)


def test_sentences_name_what_counts():
    assert "ghost" in impossible("the adapter “ghost” is not there").sentence()
    told = judged(Differences(9, 0.5), ("torch was 1 and is 2",)).sentence()
    assert "9 of 255" in told
    assert "torch was 1" in told


def test_a_picture_of_another_size_is_told_without_numbers():
    answer = other_size()
    assert (answer.result, answer.max_difference, answer.holds) == ("different", None, False)
    assert "size" in answer.sentence()
    assert "None" not in answer.sentence()


def test_a_compiled_denoiser_is_named():
    was = msgspec.structs.replace(
        RECORD, request=msgspec.structs.replace(RECORD.request, is_compiled=True)
    )
    assert causes_of(was, RECORD) == ("the denoiser was compiled and is not compiled",)
    assert causes_of(was, was) == ()


def test_another_kind_of_device_is_a_cause():
    far = msgspec.structs.replace(RECORD, made_on="NVIDIA H200")
    (told,) = causes_of(far, RECORD)
    assert told == "the kind of device was NVIDIA H200 and is this computer's own"
