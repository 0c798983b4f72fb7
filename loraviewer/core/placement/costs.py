"""What an arrangement moves for each picture and each tick of a fader, and how long that takes."""

from loraviewer.core.placement.arrangements import HELD_COPIES, Arrangement
from loraviewer.core.placement.plan import Costs, Speeds


def costs_of(found: Arrangement, speeds: Speeds) -> Costs:
    """In bytes, and in seconds at the assumed speeds. A tick reads both copies of a held fader for
    each number that it writes."""
    prompt, picture = _prompt_moved(found), _picture_moved(found)
    touched = found.touched_bytes if found.base_weights else 0
    moved, from_file = _tick_anew(found)
    again_s = moved / speeds.bus + from_file / speeds.file
    return Costs(
        prompt_moved=prompt,
        picture_moved=picture,
        tick_read=HELD_COPIES * touched,
        tick_written=touched,
        tick_moved=moved,
        tick_file=from_file,
        prompt_s=prompt / speeds.bus,
        picture_s=picture / speeds.bus,
        tick_s=_tick_s(found, speeds) + again_s,
    )


def _prompt_moved(found: Arrangement) -> int:
    """Text encoders are only brought: main memory keeps what they are. A denoiser that gives way
    to them goes and comes back."""
    parts = found.asked.base.components
    moved = sum(
        found.computed_bytes(component) * (2 if component.kind == "denoiser" else 1)
        for component in parts
        if found.place(component) == "moved" and component.kind in ("denoiser", "text_encoder")
    )
    return moved + sum(found.streamed_bytes(c) for c in parts if c.kind == "text_encoder")


def _picture_moved(found: Arrangement) -> int:
    """The VAE once; a streamed denoiser at every step."""
    base = found.asked.base
    moved = [c for c in base.components if found.place(c) == "moved" and c.kind == "VAE"]
    each_step = sum(found.streamed_bytes(c) for c in base.components if c.kind == "denoiser")
    return sum(map(found.computed_bytes, moved)) + base.steps * each_step


def _tick_s(found: Arrangement, speeds: Speeds) -> float:
    """Of what is read and written where the weights rest."""
    there = found.touched_on_device
    waiting = found.touched_bytes - there
    memory = speeds.card if found.asked.machine.card is not None else speeds.main
    return (1 + HELD_COPIES) * (there / memory + waiting / speeds.main)


def _tick_anew(found: Arrangement) -> tuple[int, int]:
    """Base weights that a tick needs once more, since the held fader has no room for what it could
    keep of them: bytes over the bus, and bytes from the file."""
    plan = found.base_weights
    if plan is None:
        return 0, 0
    if plan.policy == "lean":
        anew = max(0, plan.touched_bytes - plan.held_budget // HELD_COPIES)
        return 0, min(anew, plan.touched_bytes - plan.kept_bytes)
    is_pinned = plan.policy == "pinned" and found.asked.machine.card is not None
    anew = max(0, found.touched_on_device - found.held_bytes // HELD_COPIES)
    return (anew if is_pinned else 0), 0
