import itertools

import pytest

from loraviewer.core.prediction import AS_FOUND, FoundPrediction, Prediction

EPS, V = Prediction("epsilon", zero_snr=False), Prediction("v_prediction", zero_snr=False)
V_ZERO = Prediction("v_prediction", zero_snr=True)


@pytest.mark.parametrize(
    ("found", "asked", "settled"),
    [
        (FoundPrediction(EPS), AS_FOUND, AS_FOUND),
        (FoundPrediction(EPS), Prediction("epsilon"), AS_FOUND),
        (FoundPrediction(EPS), Prediction("v_prediction"), Prediction("v_prediction")),
        (FoundPrediction(EPS), V_ZERO, V_ZERO),
        (FoundPrediction(V_ZERO), Prediction("epsilon"), EPS),
        (FoundPrediction(V_ZERO), Prediction(zero_snr=False), Prediction(zero_snr=False)),
        (FoundPrediction(EPS, V_ZERO, "a.yaml"), AS_FOUND, V_ZERO),
        (FoundPrediction(V, Prediction("v_prediction"), "a.yaml"), AS_FOUND, AS_FOUND),
        (FoundPrediction(EPS, V_ZERO, "a.yaml"), Prediction("epsilon"), EPS),
        (FoundPrediction(V, Prediction("epsilon"), "a.yaml"), V_ZERO, V_ZERO),
    ],
)
def test_what_is_asked_goes_before_the_file_beside_and_that_before_its_own(found, asked, settled):
    assert found.settled(asked) == settled


ALL = [Prediction(t, z) for t in ("", "epsilon", "v_prediction") for z in (None, False, True)]


def test_what_was_settled_means_the_same_again_and_without_the_file_beside():
    for own, beside, asked in itertools.product((EPS, V, V_ZERO), ALL, ALL):
        found = FoundPrediction(own, beside, "a.yaml")
        if found.problem(asked):
            continue
        settled = found.settled(asked)
        assert found.settled(settled).over(own) == settled.over(own)
        assert FoundPrediction(own).settled(settled).over(own) == settled.over(own)
        whole = settled.over(own)
        assert whole.type == (asked.type or beside.type or own.type)
        assert not (whole.zero_snr and whole.type == "epsilon")


@pytest.mark.parametrize(
    ("found", "asked", "is_refused"),
    [
        (FoundPrediction(EPS), Prediction(zero_snr=True), True),
        (FoundPrediction(V), Prediction("epsilon", zero_snr=True), True),
        (FoundPrediction(V), Prediction(zero_snr=True), False),
        (FoundPrediction(EPS), Prediction("v_prediction", zero_snr=True), False),
        (FoundPrediction(V_ZERO), Prediction("epsilon"), False),
    ],
)
def test_zero_terminal_snr_goes_with_v_prediction(found, asked, is_refused):
    assert bool(found.problem(asked)) == is_refused
