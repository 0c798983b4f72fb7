"""What two adapters do to each other, as English sentences of a page. Values: `core.collisions`."""

from collections.abc import Sequence

from loraviewer.core.blocks import block_of
from loraviewer.core.collisions import Collision, Verdict
from loraviewer.core.weight_numbers import Meeting


def collision_sentences(pair: Collision, names: Sequence[str]) -> str:
    """Two or three sentences about a pair, for people who never read a paper. names: of all
    adapters of the stack."""
    both = f"“{names[pair.first]}” and “{names[pair.second]}”"
    if pair.verdict is Verdict.APART:
        return f"{both} change no weight in common."
    where = f"of the {pair.common} weights that both change"
    if pair.common == 1:
        where = "of the one weight that both change"
    if pair.verdict is Verdict.UNRELATED:
        return (
            f"{both} keep out of each other’s way: in none {where} do they point alike, or against "
            "each other, by more than chance."
        )
    return f"{both} {_verb(pair)} {where}, {_most(pair.meetings[0])}. {_effect(pair)}"


def signed(cosine: float) -> str:
    return f"{cosine:+.3f}".replace("-", "−")


def _verb(pair: Collision) -> str:
    alike, cancel = pair.alike.count, pair.cancel.count
    if pair.verdict is Verdict.ALIKE:
        return f"pull the same way in {alike}"
    if pair.verdict is Verdict.CANCEL:
        return f"cancel each other in {cancel}"
    if pair.verdict is Verdict.BOTH:
        return f"pull the same way in {alike} and cancel each other in {cancel}"
    return f"hardly meet: beyond chance in {alike + cancel}"


def _most(meeting: Meeting) -> str:
    """Where a pair meets most."""
    component, name = meeting.weight
    return (
        f"most in block {block_of(component, name)}, {component} {name.removesuffix('.weight')} "
        f"(cosine {signed(meeting.cosine)}, where chance gives ± {meeting.null:.1g})"
    )


def _effect(pair: Collision) -> str:
    """What their meeting adds to the energy that they have alone."""
    if pair.verdict is Verdict.HARDLY or pair.effect is None:
        return "Beside what they do alone that hardly counts."
    more = "more" if pair.effect > 0.0 else "less"
    return f"Together they have {abs(pair.effect):.1%} {more} energy than apart."
