"""What a stack does to the weights, in sentences for people who never read about it."""

import math
from collections.abc import Sequence
from operator import itemgetter

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import figures
from loraviewer.core.collisions import BlockShare, Collision, Side, Verdict, worst_of
from loraviewer.core.weight_numbers import StackEnergies
from loraviewer.ui.widgets.file_words import shortened
from loraviewer.ui.widgets.quantities import share_text

translate = QCoreApplication.translate
_CONTEXT = "StackWords"
_MOST_BLOCKS = 4
_LONGEST_NAME = 32
_SEEN = 0.05
"""Smaller differences are not worth a word."""


def relative_text(relative: float) -> str:
    """‖S‖ / ‖W₀‖ as a size: "4.1 % as large as"; "1.4 times as large as" from 1 on."""
    if relative >= 1.0:
        return translate(_CONTEXT, "{} times as large as").format(_two_digits(relative))
    percent = 100.0 * relative
    if 0.0 < percent < 0.01:
        return translate(_CONTEXT, "less than 0.01 % as large as")
    return translate(_CONTEXT, "{} % as large as").format(_two_digits(percent))


def headline(energies: StackEnergies, names: Sequence[str]) -> str:
    """The whole stack, in one line that follows the faders."""
    names = [shortened(name, _LONGEST_NAME) for name in names]
    if not energies.rows:
        return translate(_CONTEXT, "Nothing is changed: the weights are the base’s own.")
    parts = [_size(energies, names), *_togetherness(energies)]
    if len(names) > 1 and (carrier := _carrier(energies, names)):
        parts.append(carrier)
    return _unbroken(" ".join(parts))


def sentence(collision: Collision, names: Sequence[str]) -> str:
    """Which two, whether they fight, and where."""
    words = _PATTERNS[collision.verdict]()
    effect = share_text(abs(collision.effect or 0.0))
    told = words.format(
        first=shortened(names[collision.first], _LONGEST_NAME),
        second=shortened(names[collision.second], _LONGEST_NAME),
        alike=_in_weights(collision.alike, collision.common),
        cancel=_in_weights(collision.cancel, collision.common),
        common=collision.common,
        effect=effect,
    )
    return _unbroken(told)


def fights(collisions: Sequence[Collision], names: Sequence[str]) -> str:
    """The one thing to know of a whole report: which two fight most, and where."""
    worst = worst_of(collisions)
    if worst is None:
        return translate(_CONTEXT, "No two adapters of the stack cancel each other.")
    words = translate(_CONTEXT, "{first} and {second} fight most, above all in {block}.")
    if not worst.is_fight:
        words = translate(
            _CONTEXT, "{first} and {second} cancel a little of each other, above all in {block}."
        )
    block = worst.cancel.blocks[0].block[1]
    pair = [shortened(names[at], _LONGEST_NAME) for at in (worst.first, worst.second)]
    return words.format(first=pair[0], second=pair[1], block=block)


def consequence(collision: Collision) -> str:
    """What comes of it in numbers, and the blocks with most of it; "" where nothing does."""
    if collision.effect is None or collision.cosine is None:
        return ""
    if collision.verdict is Verdict.HARDLY or not collision.shared:
        return ""
    more = translate(_CONTEXT, "Together {} more energy than apart, cosine {}")
    less = translate(_CONTEXT, "Together {} less energy than apart, cosine {}")
    words = more if collision.effect >= 0.0 else less
    cosine = figures(f"{collision.cosine:.2f}").replace("-", "−")
    told = words.format(share_text(abs(collision.effect)), cosine)
    blocks = sorted((*collision.alike.blocks, *collision.cancel.blocks), key=lambda b: -b.share)
    return _unbroken(f"{told} · {', '.join(map(_block, blocks[:_MOST_BLOCKS]))}")


def _block(share: BlockShare) -> str:
    return f"{share.block[1]} {share_text(share.share)}"


def _in_weights(side: Side, common: int) -> str:
    """ "14 of 24 shared weights, most in OUT05 (31 % of what they share)"."""
    if not side.blocks:
        return ""
    most, several = side.blocks[0], translate(_CONTEXT, "{} of {} shared weights")
    counted = several.format(side.count, common)
    if side.count == common:
        every = translate(_CONTEXT, "all {} shared weights").format(common)
        counted = every if common > 1 else translate(_CONTEXT, "the one weight they share")
    where = translate(_CONTEXT, "most in {} ({} of what they share)")
    if len(side.blocks) == 1:
        return translate(_CONTEXT, "{}, in {}").format(counted, most.block[1])
    return f"{counted}, {where.format(most.block[1], share_text(most.share))}"


def _alike() -> str:
    return translate(_CONTEXT, "{first} and {second} pull the same way in {alike}.")


def _cancel() -> str:
    return translate(_CONTEXT, "{first} and {second} cancel each other in {cancel}.")


def _both() -> str:
    return translate(
        _CONTEXT,
        "{first} and {second} pull the same way in {alike}; they cancel each other in {cancel}.",
    )


def _hardly() -> str:
    return translate(
        _CONTEXT,
        "{first} and {second} hardly meet: in {common} shared weights they change each other’s "
        "energy by {effect}.",
    )


def _unrelated() -> str:
    return translate(
        _CONTEXT,
        "{first} and {second} have nothing to do with each other: in {common} shared weights no "
        "more than chance.",
    )


def _apart() -> str:
    return translate(_CONTEXT, "{first} and {second} change different weights.")


_PATTERNS = {
    Verdict.ALIKE: _alike,
    Verdict.CANCEL: _cancel,
    Verdict.BOTH: _both,
    Verdict.HARDLY: _hardly,
    Verdict.UNRELATED: _unrelated,
    Verdict.APART: _apart,
}


def _size(energies: StackEnergies, names: Sequence[str]) -> str:
    who = translate(_CONTEXT, "The stack") if len(names) > 1 else names[0]
    if energies.relative is not None:
        size = translate(_CONTEXT, "{who} is {size} the base weights it touches")
        told = size.format(who=who, size=relative_text(energies.relative))
    else:
        told = translate(_CONTEXT, "{who} changes weights whose own size is not known").format(
            who=who
        )
    if energies.in_adapters is None or len(names) < 2:
        return told + "."
    strong = translate(_CONTEXT, "{told}; as strong as {count} of its adapters alone.")
    return strong.format(told=told, count=_two_digits(energies.in_adapters))


def _togetherness(energies: StackEnergies) -> list[str]:
    """Where the rows together are much else than if they had nothing in common."""
    if energies.coherence is None or abs(energies.coherence - 1.0) < _SEEN:
        return []
    change = share_text(abs(energies.coherence - 1.0))
    if energies.coherence > 1.0:
        return [translate(_CONTEXT, "They reinforce each other by {}.").format(change)]
    return [translate(_CONTEXT, "They cancel {} of each other.").format(change)]


def _carrier(energies: StackEnergies, names: Sequence[str]) -> str:
    shares = [row.share for row in energies.rows]
    known = [(share, name) for share, name in zip(shares, names, strict=True) if share is not None]
    if not known:
        return ""
    share, name = max(known, key=itemgetter(0))
    if share - min(known)[0] < _SEEN:
        return translate(_CONTEXT, "All carry about the same.")
    if share > 1.0:
        more = translate(_CONTEXT, "{} carries more than all of it: others take some away.")
        return more.format(name)
    return translate(_CONTEXT, "{} carries {}.").format(name, share_text(share))


def _unbroken(text: str) -> str:
    """A number and its unit stay on one line."""
    return text.replace(" %", "\u00a0%")


def _two_digits(number: float) -> str:
    """1.6, 0.047, 12, 140."""
    if not number:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(number))))
    return figures(f"{number:.{digits}f}")
