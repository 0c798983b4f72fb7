"""Where the cells of an experiment lie in its grid: what its rows and columns are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.experiments.ablation import ALL, ALONE, WITHOUT
from loraviewer.core.experiments.cells import conditions
from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.ways import AFTER, BEFORE
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.numbers import short_number
from loraviewer.ui.lab.experiments.experiment_words import arm_words, policy_words, translate

_CONTEXT = "GridLayout"
_DIGITS = 3


@dataclass(frozen=True)
class Place:
    """One place of the grid, whatever prompt is looked at. `seed`: None where it is the one that
    is looked at."""

    condition: str
    seed: int | None = None

    def is_of(self, condition: str, seed: int) -> bool:
        return self.condition == condition and self.seed in (None, seed)


@dataclass(frozen=True)
class Grid:
    """`places`: a row each, None where nothing is asked. `has_seeds`: seeds are rows or columns,
    and none is chosen."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    places: tuple[tuple[Place | None, ...], ...]
    has_seeds: bool

    def where(self, condition: str, seed: int) -> tuple[int, int] | None:
        """Row and column of a cell; the first, where it is in several."""
        for row, places in enumerate(self.places):
            for column, place in enumerate(places):
                if (
                    place is not None
                    and place.condition == condition
                    and place.seed in (None, seed)
                ):
                    return row, column
        return None


def grid_of(experiment: Experiment, known: Sequence[Condition] = ()) -> Grid:
    """Rows are arms, policies and orders, columns depths or points; seeds take the side that is
    left. known: its conditions, where these are there already."""
    known = known or conditions(experiment)
    if experiment.kind == "seeds":
        return _seed_wall(experiment, known)
    if experiment.kind == "sweep" and len(experiment.axes) == 2:
        return _plane(experiment, known)
    if experiment.kind == "ladder":
        return _crossed(known, lambda one: ladder_row(experiment, one), _depth_words)
    if experiment.kind == "ablation":
        return _ablation(experiment, known)
    if experiment.kind in ("sweep", "rules"):
        return _by_seeds(experiment, known)
    if experiment.kind == "return":
        return _ways(known)
    return _crossed(known, lambda one: _row_words(experiment, one), _column_words)


def ladder_row(experiment: Experiment, one: Condition) -> str:
    parts = [arm_words(one.arm)]
    if len(experiment.policies) > 1:
        parts.append(policy_words(one.policy))  # pyright: ignore[reportArgumentType]
    if experiment.orders > 1:
        parts.append(translate(_CONTEXT, "order {}").format(one.order))
    return ", ".join(parts)


def _depth_words(one: Condition) -> str:
    return str(one.depth)


def _row_words(experiment: Experiment, one: Condition) -> str:
    parts = [arm_words(one.arm)]
    if experiment.draws > 1 and one.order:
        parts.append(translate(_CONTEXT, "draw {}").format(one.order))
    return ", ".join(parts)


def _column_words(one: Condition) -> str:
    return shown(one.place or one.names)


def _crossed(
    known: Sequence[Condition],
    row_of: Callable[[Condition], str],
    column_of: Callable[[Condition], str],
) -> Grid:
    """The base is the first column of each row."""
    base, *others = known
    rows = tuple(dict.fromkeys(row_of(one) for one in others))
    columns = tuple(dict.fromkeys(column_of(one) for one in others))
    at = dict[tuple[str, str], Place]()
    for one in others:
        at.setdefault((row_of(one), column_of(one)), Place(one.name))
    places = tuple((Place(base.name), *(at.get((row, one)) for one in columns)) for row in rows)
    return Grid(rows, (_base_words(), *columns), places, has_seeds=False)


def _by_seeds(experiment: Experiment, known: Sequence[Condition]) -> Grid:
    """A column for each stack, a row for each seed."""
    columns = tuple(_stack_words(experiment, one) for one in known)
    rows = tuple(map(_seed_words, experiment.seeds))
    places = tuple(tuple(Place(one.name, seed) for one in known) for seed in experiment.seeds)
    return Grid(rows, columns, places, has_seeds=True)


def _seed_wall(experiment: Experiment, known: Sequence[Condition]) -> Grid:
    rows = tuple(_wall_words(one) for one in known)
    columns = tuple(map(_seed_words, experiment.seeds))
    places = tuple(tuple(Place(one.name, seed) for seed in experiment.seeds) for one in known)
    return Grid(rows, columns, places, has_seeds=True)


def _wall_words(one: Condition) -> str:
    if one.arm == ALONE:
        return translate(_CONTEXT, "{} alone").format(one.names)
    return arm_words(one.arm)


def _ways(known: Sequence[Condition]) -> Grid:
    """A row for each way, a column for each stop; the base beside them was never left."""
    base, *stops = known
    lines: dict[int, list[Condition]] = {}
    for one in stops:
        lines.setdefault(one.order, []).append(one)
    rows = tuple(translate(_CONTEXT, "way {}").format(order) for order in lines)
    columns = tuple(_stop_words(one) for one in next(iter(lines.values())))
    places = tuple(
        (Place(base.name), *(Place(one.name) for one in line)) for line in lines.values()
    )
    return Grid(rows, (_base_words(), *columns), places, has_seeds=False)


def _stop_words(one: Condition) -> str:
    if one.arm == BEFORE:
        return translate(_CONTEXT, "start")
    if one.arm == AFTER:
        return translate(_CONTEXT, "end")
    return translate(_CONTEXT, "{} on").format(one.depth)


def _plane(experiment: Experiment, known: Sequence[Condition]) -> Grid:
    """Rows are the points of the first axis, columns those of the second."""
    first, second = (axis.points for axis in experiment.axes)
    at = {one.at: Place(one.name) for one in known}
    base = Place(known[0].name)
    rows = tuple(figures(short_number(point, _DIGITS)) for point in first)
    columns = tuple(figures(short_number(point, _DIGITS)) for point in second)
    places = tuple((base, *(at.get((y, x)) for x in second)) for y in first)
    return Grid(rows, (_base_words(), *columns), places, has_seeds=False)


def _ablation(experiment: Experiment, known: Sequence[Condition]) -> Grid:
    """A column for each adapter; the base and the whole stack before them."""
    names = tuple(adapter.name for adapter in experiment.adapters)
    base, whole = Place(known[0].name), None
    lines: dict[str, dict[int, Place]] = {}
    for one in known[1:]:
        if one.arm == ALL:
            whole = Place(one.name)
            continue
        line = lines.setdefault(_ablation_row(one), {})
        line[_ablation_column(experiment, one, len(line))] = Place(one.name)
    places = tuple(
        (base, whole, *(line.get(at) for at in range(len(names)))) for line in lines.values()
    )
    return Grid(tuple(lines), (_base_words(), arm_words(ALL), *names), places, has_seeds=False)


def _ablation_row(one: Condition) -> str:
    """Every two together are in a row for the first of them."""
    if one.arm in (ALONE, WITHOUT):
        return arm_words(one.arm)
    first = one.adapters[0].name if one.adapters else ""
    return translate(_CONTEXT, "{} with").format(first)


def _ablation_column(experiment: Experiment, one: Condition, count: int) -> int:
    """count: of those before it in its row."""
    is_pair = one.arm not in (ALONE, WITHOUT) and len(one.adapters) == 2
    return experiment.adapters.index(one.adapters[1]) if is_pair else count


def _stack_words(experiment: Experiment, one: Condition) -> str:
    if one.arm == "base":
        return _base_words()
    if one.at:
        return shown(one.place)
    if one.merge_rule is not None:
        return _rule_words(one.merge_rule)
    return shown(one.names)


def _rule_words(rule: MergeRule) -> str:
    amount = f" {figures(short_number(rule.amount, _DIGITS))}" if rule.facts.amount else ""
    return f"{shown(rule.facts.title)}{amount}"


def _seed_words(seed: int) -> str:
    return translate(_CONTEXT, "seed {}").format(seed)


def _base_words() -> str:
    return arm_words("base")
