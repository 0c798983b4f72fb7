"""Choices that outlive the window (`settings_file` keeps them)."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from loraviewer.core.base_weights_policy import AskedPolicy, MemoryWishes
from loraviewer.core.experiments.hands import IN_STUDIO, RunsOn
from loraviewer.core.language_models import ModelServer
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.request import AskedMergeMode

MOST_RECENT = 8
MOST_SESSIONS = 10
MOST_AHEAD = 100
_MOST_GB = 1e6
"""More than any machine has: as good as no limit."""
_MOST_STORE_GB = 100_000


class BaseFacts(msgspec.Struct, frozen=True):
    """What is remembered of a checkpoint that was loaded once, for the list of bases."""

    family: str = ""
    weight_bytes: int = 0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`language`: of the window, as "de"; "system" for the desktop's. `device` ("cpu", "cuda",
    "mps") and `dtype` override what suits the machine; "" leaves it the choice, as "auto" does for
    `merge_mode`: adapters in the weights, or computed beside them. `base_predictions`: a base's
    identity → what a person says it predicts. `base_packings`: what opens a base → whether its
    denoiser stays in fp8 or fewer bits, where a person chose that. `base_manners`: where a base
    lies → how it is to lie in memory. `recent_checkpoints`: newest
    first, without the demo. `favourite_checkpoints`: in the order they were starred.
    `family_overrides`: an adapter's sha256 → the family a person says it was made for.
    `components_folder`: where text encoders, T5's
    tokenizer and VAEs lie that single-file checkpoints lack; "" for none. `originals`: where base
    weights are kept; "auto" for what fits. `memory_budget_gb`: what they may take, in units of 10⁹
    bytes; null for half of what is free. `draft_steps`: denoising rounds of the pictures while a
    fader is held. `folders`: where files of a sort ("adapters", "bases", "pictures", "sessions")
    were chosen last. `recent_sessions`: session files, newest first. `shows_ablation`: whether
    strips show the picture without their adapter; `most_ablation_s`: seconds that all of these
    together may take, without asking. `pictures_ahead`: how many pictures of states one step away
    are made while nothing is asked; 0 for none. `picture_store_gb`: what the picture store may take
    on disk, in units of 10⁹ bytes; 0 for none. `filmstrip`: "auto" shows it where the window is
    high enough. `library_look`: files of the library as rows, or as pictures beside each other.
    `previews_hovered`: whether the file under the resting mouse is previewed. `block_presets`: a
    name → strengths of blocks (`core.blocks`) that are not 1. `midi_faders`: a control
    (`core.midi`) → the row of the stack that it moves on stage, from 1. `wildcards_folder`: where
    the files of `__names__` in prompts lie; "" for none. `language_server`: which model may be
    asked for prompts; without an address none is. `is_tour_done`: the hints of a first start were
    seen to their end, or skipped for good. `compiles`: denoisers, once nothing else is at work.
    `experiments_on`: who makes the pictures of experiments.
    """

    theme: Literal["system", "light", "dark"] = "system"
    language: str = "system"
    device: str = ""
    dtype: Literal["", "float32", "bfloat16", "float16"] = ""
    merge_mode: AskedMergeMode = "auto"
    is_live: bool = True
    draft_steps: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 4
    smooth_pixels: bool = True
    recent_checkpoints: tuple[str, ...] = ()
    recent_sessions: tuple[str, ...] = ()
    favourite_checkpoints: tuple[str, ...] = ()
    base_facts: dict[str, BaseFacts] = {}
    family_overrides: dict[str, str] = {}
    base_predictions: dict[str, Prediction] = {}
    base_packings: dict[str, AskedPacking] = {}
    base_manners: dict[str, AskedManner] = {}
    components_folder: str = ""
    folders: dict[str, str] = {}
    shows_ablation: bool = False
    most_ablation_s: Annotated[float, msgspec.Meta(ge=0)] = 20.0
    pictures_ahead: Annotated[int, msgspec.Meta(ge=0, le=MOST_AHEAD)] = 0
    originals: AskedPolicy = "auto"
    memory_budget_gb: Annotated[float, msgspec.Meta(ge=0)] | None = None
    picture_store_gb: Annotated[float, msgspec.Meta(ge=0, le=_MOST_STORE_GB)] = 2.0
    filmstrip: Literal["auto", "on", "off"] = "auto"
    library_look: Literal["rows", "grid"] = "rows"
    previews_hovered: bool = False
    block_presets: dict[str, dict[str, float]] = {}
    midi_faders: dict[str, int] = {}
    wildcards_folder: str = ""
    language_server: ModelServer = ModelServer()
    is_tour_done: bool = False
    compiles: Literal["off", "idle"] = "off"
    experiments_on: RunsOn = IN_STUDIO

    @property
    def memory(self) -> MemoryWishes:
        gb = self.memory_budget_gb
        limit = round(gb * 1e9) if gb is not None and gb <= _MOST_GB else None
        return MemoryWishes(policy=self.originals, limit_bytes=limit)

    @property
    def asks_compiled(self) -> bool:
        """Whether pictures may come of a compiled denoiser."""
        return self.compiles != "off"

    @property
    def picture_store_bytes(self) -> int:
        return round(self.picture_store_gb * 1e9)

    def with_recent(self, path: str, facts: BaseFacts | None = None) -> "Settings":
        """`path` becomes the newest; facts of bases that are on no list are dropped."""
        others = tuple(p for p in self.recent_checkpoints if p != path)
        recent = (path, *others)[:MOST_RECENT]
        kept = {*recent, *self.favourite_checkpoints}
        known = self.base_facts if facts is None else {**self.base_facts, path: facts}
        return msgspec.structs.replace(
            self,
            recent_checkpoints=recent,
            base_facts={p: known[p] for p in known if p in kept},
        )

    def with_favourite(self, path: str, on: bool) -> "Settings":
        others = tuple(p for p in self.favourite_checkpoints if p != path)
        favourites = (*others, path) if on else others
        return msgspec.structs.replace(self, favourite_checkpoints=favourites)

    def without_base(self, path: str) -> "Settings":
        """Off both lists; the file itself is not touched."""
        return msgspec.structs.replace(
            self,
            recent_checkpoints=tuple(p for p in self.recent_checkpoints if p != path),
            favourite_checkpoints=tuple(p for p in self.favourite_checkpoints if p != path),
            base_facts={p: facts for p, facts in self.base_facts.items() if p != path},
        )

    def with_session(self, path: str) -> "Settings":
        """A session file becomes the newest."""
        others = tuple(p for p in self.recent_sessions if p != path)
        return msgspec.structs.replace(self, recent_sessions=(path, *others)[:MOST_SESSIONS])

    def without_sessions(self) -> "Settings":
        """Off the list; the files themselves are not touched."""
        return msgspec.structs.replace(self, recent_sessions=())

    def with_folder(self, sort: str, folder: str) -> "Settings":
        return msgspec.structs.replace(self, folders={**self.folders, sort: folder})

    def with_family(self, sha256: str, family: str) -> "Settings":
        """The family of an adapter as a person sees it; "" goes back to what was found."""
        others = {known: name for known, name in self.family_overrides.items() if known != sha256}
        overrides = {**others, sha256: family} if family else others
        return msgspec.structs.replace(self, family_overrides=overrides)

    def with_prediction(self, identity: str, prediction: Prediction) -> "Settings":
        """What a base predicts as a person sees it; `AS_FOUND` goes back to what was found."""
        others = {known: one for known, one in self.base_predictions.items() if known != identity}
        chosen = {**others, identity: prediction} if prediction != AS_FOUND else others
        return msgspec.structs.replace(self, base_predictions=chosen)

    def packing_of(self, source: str) -> AskedPacking:
        """What a person chose for a base."""
        return self.base_packings.get(source, "auto")

    def with_packing(self, source: str, packing: AskedPacking) -> "Settings":
        """`auto` leaves it to what fits."""
        others = {known: one for known, one in self.base_packings.items() if known != source}
        chosen = {**others, source: packing} if packing != "auto" else others
        return msgspec.structs.replace(self, base_packings=chosen)

    def with_manner(self, source: str, manner: AskedManner) -> "Settings":
        """How a base is to lie in memory; "" goes back to the fastest that fits."""
        others = {known: one for known, one in self.base_manners.items() if known != source}
        chosen = {**others, source: manner} if manner else others
        return msgspec.structs.replace(self, base_manners=chosen)

    def with_block_preset(self, name: str, factors: Mapping[str, float]) -> "Settings":
        """One of this name is replaced, in its place."""
        presets = {**self.block_presets, name: dict(factors)}
        return msgspec.structs.replace(self, block_presets=presets)

    def without_block_preset(self, name: str) -> "Settings":
        others = {known: one for known, one in self.block_presets.items() if known != name}
        return msgspec.structs.replace(self, block_presets=others)

    def with_block_preset_renamed(self, name: str, to: str) -> "Settings":
        """It keeps its place; another one of the new name goes."""
        kept = {known: one for known, one in self.block_presets.items() if known != to}
        renamed = {to if known == name else known: one for known, one in kept.items()}
        is_moved = name != to and name in self.block_presets
        return msgspec.structs.replace(self, block_presets=renamed) if is_moved else self
