"""What two adapters do to each other, as English sentences. Values: `collisions`."""

from collections.abc import Sequence

from loraviewer.lab.weights.collisions import Meeting, PairCollision


def collision_sentences(pair: PairCollision, names: Sequence[str], stack_energy: float) -> str:
    """Two or three sentences about a pair, for people who never read a paper. names: of all
    adapters of the stack. stack_energy: ‖S‖² over all weights."""
    first, second = names[pair.first], names[pair.second]
    if not pair.common:
        return f"“{first}” and “{second}” change no weight in common."
    where = f"of the {pair.common} weights that both change"
    if pair.common == 1:
        where = "of the one weight that both change"
    if not pair.meetings:
        return (
            f"“{first}” and “{second}” keep out of each other’s way: in none {where} do they point "
            "alike, or against each other, by more than chance."
        )
    told = f"“{first}” and “{second}” {_verb(pair)} {where}, {most(pair.meetings[0])}."
    return f"{told} {_effect(pair, stack_energy)}"


def most(meeting: Meeting) -> str:
    """Where a pair meets most."""
    return (
        f"most in block {meeting.block}, {meeting.component} {meeting.module} (cosine "
        f"{signed(meeting.cosine)}, where chance gives ± {meeting.null:.1g})"
    )


def signed(cosine: float) -> str:
    return f"{cosine:+.3f}".replace("-", "−")


def _verb(pair: PairCollision) -> str:
    same = sum(one.is_reinforcing for one in pair.meetings)
    against = len(pair.meetings) - same
    if not against:
        return f"pull the same way in {same}"
    if not same:
        return f"cancel each other in {against}"
    return f"pull the same way in {same} and cancel each other in {against}"


def _effect(pair: PairCollision, stack_energy: float) -> str:
    """By how much ‖S‖² is larger or smaller for what they share, of what it is."""
    balance = pair.reinforcing_energy - pair.cancelling_energy
    share = abs(balance) / stack_energy if stack_energy else 0.0
    if share < 0.0005:
        return "For the strength of the whole stack that hardly counts."
    if balance > 0.0:
        return f"That makes {share:.1%} of the energy of the whole stack."
    return f"Without that the whole stack would have {share:.1%} more energy."
