"""Where the strength of a file comes from, and what about it is not certain: sentences for its
card, `inspect` and the command line. From the header alone, before any base is known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from loraviewer.adapters.about.plain_text import plain_sentence
from loraviewer.adapters.configuration.file_configuration import (
    ComponentConfiguration,
    FileConfiguration,
)
from loraviewer.adapters.configuration.module_names import module_name
from loraviewer.adapters.configuration.patterns import Patterns
from loraviewer.adapters.configuration.sources import CONFIG_NAME, is_passed_over
from loraviewer.adapters.configuration.start import start_doubt, why_not
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.header_json import shortened
from loraviewer.adapters.groups import Group
from loraviewer.adapters.kinds.adalora import RANKNUM, VALUES
from loraviewer.adapters.kinds.embedding import SAVED
from loraviewer.adapters.kinds.extras import ALPHA, BIAS_VALUE, MAGNITUDES, SCALE
from loraviewer.adapters.kinds.full import REPLACEMENT
from loraviewer.adapters.name_lists import all_of, quoted_names
from loraviewer.adapters.whole_tensors import PEFT_PREFIX
from loraviewer.core.sentences import say, together

SCALED_KINDS = frozenset({"lora", "loha", "lokr", "glora", "adalora"})
"""Kinds whose change is multiplied with alpha / rank."""

_PEFT_KINDS = {
    "LORA": "lora",
    "ADALORA": "adalora",
    "LOHA": "loha",
    "LOKR": "lokr",
    "OFT": "oft",
    "BOFT": "boft",
    "IA3": "ia3",
    "VERA": "vera",
}
"""`peft_type` → the kind of its modules."""
_DEFAULT_ALPHA = 8
_START_WORDS = ("pissa", "olora", "corda", "loftq", "lora_ga")
_MOST_NAMED = 3
_LONGEST = 600


@dataclass(frozen=True)
class Strength:
    """What decides the strength of one file."""

    header: Header
    groups: Sequence[Group]
    configuration: FileConfiguration

    @property
    def source(self) -> str:
        """One sentence on where alpha comes from; empty where no kind of the file has one."""
        without, total = len(self._without_alpha), len(self._scaled)
        if not total:
            return ""
        configured = self._configured
        if not without:
            if not configured:
                return say("alpha from its own tensors")
            return say("alpha from its own tensors, not the {configured}", configured=configured)
        if without == total:
            nowhere = say("no alpha anywhere, so its factors count as they are (×1)")
            return configured or nowhere
        others = _without_any(without, total)
        if not configured:
            return say("alpha from its own tensors; {others} (×1)", others=others)
        return say(
            "alpha from its own tensors; {others}: {configured}",
            others=others,
            configured=configured,
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """One sentence each."""
        found = [*self._of_configuration(), *self._of_tensors(), *self._of_trainer()]
        lines = (
            plain_sentence(say("{doubt}.", doubt=doubt), _LONGEST) for doubt in filter(None, found)
        )
        return tuple(dict.fromkeys(lines))

    @cached_property
    def _scaled(self) -> list[Group]:
        kinds = ((group, group.kind(self.header)) for group in self.groups)
        return [group for group, kind in kinds if kind and kind.name in SCALED_KINDS]

    @cached_property
    def _without_alpha(self) -> list[Group]:
        return [group for group in self._scaled if not {ALPHA, SCALE} & set(group.roles)]

    @cached_property
    def _components(self) -> tuple[tuple[str, ComponentConfiguration], ...]:
        """Those of which the file has modules; all where its names do not tell."""
        names = self.configuration.components or ("",)
        present = {module_name(group.key).component for group in self.groups}
        used = [name for name in names if not name or "" in present or name in present] or [""]
        return tuple((name, self.configuration.component(name)) for name in used)

    @cached_property
    def _configured(self) -> str:
        words = ((name, _configured_alpha(component)) for name, component in self._components)
        parts = (
            say("{component}: {alpha}", component=name, alpha=text) if name else text
            for name, text in words
            if text
        )
        return together(parts, "; ")

    # -- the configuration ------------------------------------------------------------------

    def _of_configuration(self) -> Iterator[str]:
        if not self.configuration.sources:
            yield self._lost_configuration()
            if self._without_alpha and is_passed_over(self.configuration.path):
                yield say(
                    "{file} lies beside it, but so do other weights: it does not count; move both "
                    "into a folder of their own if they belong together",
                    file=CONFIG_NAME,
                )
            return
        for _, component in self._components:
            yield from _of_component(component)
        yield from self._unused_patterns()
        yield self._other_ranks()
        yield self._no_alpha()
        yield self._of_others()
        yield from self._other_kinds()
        if any(c.table.get("use_dora") is True for _, c in self._components):
            yield self._no_magnitudes()

    def _unused_patterns(self) -> Iterator[str]:
        if not any("." in group.key for group in self.groups):
            return  # flat names only meet patterns once a base says what they mean
        modules = [module_name(group.key) for group in self.groups]
        for name, component in self._components:
            paths = [(m.path,) for m in modules if not name or m.component in ("", name)]
            yield _unused("alpha_pattern", component.alphas, paths)
            yield _unused("rank_pattern", component.ranks, paths)
            if count := component.alphas.contested(paths):
                yield say(
                    "Several of its alpha_pattern fit {count} modules and differ: the first "
                    "counts, but PEFT sorts them when it saves, so another may have been trained",
                    count=count,
                )

    def _other_ranks(self) -> str:
        """Files that were resized or joined keep the configuration of before."""
        pairs: Counter[tuple[int, int]] = Counter()
        for group in self._without_alpha:
            kind = group.kind(self.header)
            rank = kind.rank(group.shapes(self.header)) if kind and kind.name == "lora" else None
            said = self.configuration.rank(group.key)
            if rank and said and rank != said and self.configuration.scaling(group.key).alpha:
                pairs[said, rank] += 1
        if not pairs:
            return ""
        (said, rank), count = pairs.most_common(1)[0]
        return say(
            "Its configuration says rank {said}, the factors of {count} modules have {rank}: "
            "alpha is divided by the rank of the factors",
            said=said,
            count=count,
            rank=rank,
        )

    def _lost_configuration(self) -> str:
        """PEFT keeps alpha in no tensor, and always writes a configuration."""
        plain = [group for group in self._without_alpha if VALUES not in group.roles]
        count = sum(PEFT_PREFIX in group.key for group in plain)
        if not count or is_passed_over(self.configuration.path):
            return ""
        return say(
            "PEFT saved it, and its {file} is not there: {count}, which is not what was trained "
            "unless alpha was the rank; put that file beside it",
            file=CONFIG_NAME,
            count=_as_they_are(count),
        )

    def _no_alpha(self) -> str:
        """Others write configurations of their own under PEFT's names, so 8 would be a guess."""
        is_pefts = any("peft_type" in component.table for _, component in self._components)
        if not (is_pefts and self._without_alpha) or self._configured:
            return ""
        return say(
            "Its PEFT configuration names no alpha: {count}, where PEFT would take its default of "
            "{default}",
            count=_as_they_are(len(self._without_alpha)),
            default=_DEFAULT_ALPHA,
        )

    def _of_others(self) -> str:
        names = self.configuration.components
        if not names or not self._without_alpha or self._configured:
            return ""
        if {name for name, _ in self._components} & set(names):
            return ""
        return say(
            "Its configuration is for {components}, of which it has no module: {count}",
            components=all_of(names),
            count=_as_they_are(len(self._without_alpha)),
        )

    def _other_kinds(self) -> Iterator[str]:
        found = Counter(kind.name for g in self.groups if (kind := g.kind(self.header)))
        for _, component in self._components:
            said = component.table.get("peft_type")
            wanted = _PEFT_KINDS.get(str(said).upper(), "")
            others = {name: n for name, n in found.items() if name in _PEFT_KINDS.values()}
            if said is not None and others and wanted not in others:
                name = max(others, key=lambda name: others[name])
                yield _another_kind(str(said)[:40], others[name], name)

    def _no_magnitudes(self) -> str:
        if any(role in group.roles for group in self.groups for role in MAGNITUDES):
            return ""
        return say(
            "Its configuration says DoRA, but it holds no magnitudes: it counts as plain LoRA"
        )

    # -- tensors and trainers ---------------------------------------------------------------

    def _of_tensors(self) -> Iterator[str]:
        yield self._some_without_alpha()
        yield self._unknown_pruning()
        yield self._replaced()
        whole = [g for g in self._scaled if {"w1", "w2"} <= set(g.roles) and ALPHA in g.roles]
        if whole and not self._is_alpha_idle:
            yield say(
                "Alpha stands beside whole LoKr factors in {count} modules and does not count, as "
                "in LyCORIS, diffusers and ComfyUI; a trainer is known that means alpha / dim",
                count=len(whole),
            )

    def _some_without_alpha(self) -> str:
        without, total = len(self._without_alpha), len(self._scaled)
        if without in (0, total) or self._configured:
            return ""
        example, count = shortened(self._without_alpha[0].key), _as_they_are(without)
        if without == 1:
            return say(
                "1 of {total} modules has no alpha (“{example}”), while the others have one: "
                "{count}",
                total=total,
                example=example,
                count=count,
            )
        return say(
            "{without} of {total} modules have no alpha (“{example}”), while the others have one: "
            "{count}",
            without=without,
            total=total,
            example=example,
            count=count,
        )

    def _unknown_pruning(self) -> str:
        """PEFT divides by the rank before pruning, which the factors no longer show."""
        unsure = sum(
            {VALUES} <= set(g.roles)
            and RANKNUM not in g.roles
            and self.configuration.scaling(g.key).initial_rank is None
            for g in self._scaled
        )
        if not unsure:
            return ""
        return say(
            "It is AdaLoRA, and nothing says which rank {unsure} modules had before pruning: "
            "alpha is divided by the rank of the factors, which is too strong where some were "
            "pruned; put PEFT’s adapter_config.json beside it",
            unsure=unsure,
        )

    def _replaced(self) -> str:
        """Set apart from ComfyUI's `set_weight`, which says so itself."""
        roles = {REPLACEMENT, BIAS_VALUE, SAVED}
        count = sum(len(roles & g.roles.keys()) for g in self.groups if PEFT_PREFIX in g.key)
        if not count:
            return ""
        return say(
            "It replaces {count} tensors of the base as PEFT trained them, computed against the "
            "loaded base: that must be the one it was trained on",
            count=count,
        )

    def _of_trainer(self) -> Iterator[str]:
        dim, alpha = self._trained("ss_network_dim"), self._trained("ss_network_alpha")
        if self._without_alpha and not self._configured and dim and alpha and dim != alpha:
            yield say(
                "It was trained with alpha {alpha:g} of dim {dim:g} (ss_network_alpha), but "
                "{count}, as converters that multiply alpha into the factors leave them",
                alpha=alpha,
                dim=dim,
                count=_as_they_are(len(self._without_alpha)),
            )
        arguments = self.header.metadata.get("ss_network_args", "").lower()
        if word := next((w for w in _START_WORDS if w in arguments), ""):
            yield say(
                "Its training arguments name {word}, which changes the base: if the file was not "
                "converted to a plain LoRA, its strength is wrong",
                word=word,
            )

    @property
    def _is_alpha_idle(self) -> bool:
        """alpha / dim = 1, or the 10¹⁰ that LyCORIS writes for whole matrices."""
        dim, alpha = self._trained("ss_network_dim"), self._trained("ss_network_alpha")
        return bool(dim and alpha and (dim == alpha or alpha > 1e6))

    def _trained(self, key: str) -> float | None:
        try:
            return float(self.header.metadata.get(key, ""))
        except ValueError:
            return None


def _without_any(count: int, total: int) -> str:
    if count == 1:
        return say("1 of {total} modules has none", total=total)
    return say("{count} of {total} modules have none", count=count, total=total)


def _as_they_are(count: int) -> str:
    if count == 1:
        return say("1 module counts as it is (×1)")
    return say("{count} modules count as they are (×1)", count=count)


def _another_kind(said: str, count: int, kind: str) -> str:
    if count == 1:
        return say(
            "Its configuration says {said}, but 1 of its modules is {kind}: that counts",
            said=said,
            kind=kind,
        )
    return say(
        "Its configuration says {said}, but {count} of its modules are {kind}: that counts",
        said=said,
        count=count,
        kind=kind,
    )


def _of_component(component: ComponentConfiguration) -> Iterator[str]:
    yield from component.conflicts
    yield start_doubt(component.table)
    if reason := why_not(component.table):
        yield say("Its low-rank modules are left out: {reason}", reason=reason)
    yield from component.unusable[:_MOST_NAMED]


def _configured_alpha(component: ComponentConfiguration) -> str:
    """Alpha, what modifies it, and where it stands; empty where there is none."""
    if component.alpha is None:
        return ""
    alpha = component.alpha.value
    words: list[str] = [say("alpha {alpha:g}", alpha=alpha)]
    if alpha <= 0 and component.is_adalora:
        words = [say("alpha {alpha:g} (to AdaLoRA: its rank)", alpha=alpha)]
    if component.table.get("use_rslora") is True:
        words.append(say("rank-stabilised"))
    if count := len(component.alphas.patterns):
        words.append(say("{count} patterns", count=count))
    return say("{alpha} from {place}", alpha=together(words, ", "), place=component.alpha.place)


def _unused(field: str, patterns: Patterns, paths: Sequence[tuple[str, ...]]) -> str:
    unused = patterns.unused(paths)
    if not unused:
        return ""
    shown = quoted_names([text[:60] for text in unused], _MOST_NAMED)
    return say("Of its {field}, {patterns} fit none of its modules", field=field, patterns=shown)
