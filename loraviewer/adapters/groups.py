"""A file's keys, split into one group per module by known suffixes from the right."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.kinds.base import Kind
from loraviewer.adapters.kinds.extras import BIAS_ROLES, EXTRA_SUFFIXES, MAGNITUDES, SCALE
from loraviewer.adapters.kinds.ia3 import FACTORS
from loraviewer.adapters.kinds.registry import KINDS, kind_of
from loraviewer.adapters.naming.base import Shape
from loraviewer.adapters.naming.text_names import text_sort
from loraviewer.adapters.shared_tensors import shared_roles
from loraviewer.adapters.strangers import strangers_of
from loraviewer.adapters.whole_tensors import whole_roles

_NAMED = (
    (re.compile(r"\.(lora_[AB]|lora_magnitude_vector|oft_R)\.[^.]+\.(weight|bias)$"), r".\1.\2"),
    (re.compile(r"\.(lora_[ABE]|ranknum)\.default$"), r".\1"),
    (
        re.compile(
            r"\.((?:hada|lokr)_\w+|ia3_l|lora_embedding_[AB]|boft_[Rs]|vera_(?:A|B|lambda_[bd]))"
            r"\.[^.]+$"
        ),
        r".\1",
    ),
)
"""PEFT's own state keeps the adapter's name, `….lora_A.default.weight`; and how it is without."""
_MAY_BE_NAMED = (
    *("lora_A", "lora_B", "lora_E", "lora_magnitude", "lora_embedding"),
    *("oft_R", "ranknum", "hada_", "lokr_", "ia3_l", "boft_", "vera_"),
)
"""Starts of the words before that name: a quick look at a hundred thousand tensors."""
_FACTOR = re.compile(r"\.(?:lora|hada|lokr|oft|boft|ia3|vera)_\w+(?:\.default)?$")
_XLABS = re.compile(r"(_lora\d)\.(down|up)\.weight$")
_XLABS_ENDS = (".down.weight", ".up.weight")
_NO_WEIGHT_WORDS = ("_aux.", "bundle_emb", "lora_controlnet", "original_module.")
_NO_WEIGHTS = re.compile(
    r"(^|\.)(_aux|bundle_emb)\.|(^|\.)lora_controlnet$"
    r"|\.original_module\.(weight|bias)$"
)
"""Tensors beside the weights: slider tools' notes, bundled embeddings, a product's marker, and the
base's own tensors beside PEFT's `modules_to_save`."""


@dataclass(frozen=True)
class Group:
    """The tensors of one module. `key` is everything before the suffixes."""

    key: str
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role → tensor name."""
    repeated: tuple[str, ...] = ()
    """Tensors whose role another tensor of the group already has."""
    strangers: tuple[str, ...] = ()
    """Tensors of the module that no kind knows: they make it a kind of its own."""
    shares: str = ""
    """Key of the tensors that it has in common with other modules; some of its roles are theirs."""

    def shapes(self, header: Header) -> Mapping[str, Shape]:
        """Role → shape."""
        return {role: header.tensors[name].shape for role, name in self.roles.items()}

    def kind(self, header: Header) -> Kind | None:
        """Its kind; None where no kind knows it, or where it only changes a bias."""
        return None if self.strangers else kind_of(self.shapes(header))

    @property
    def is_text(self) -> bool:
        """Whether its name is that of a module of a text encoder."""
        return bool(text_sort(self.key))

    @property
    def is_bare_scale(self) -> bool:
        """Only a `scale`: a replaced norm in a Flux control file, a plain norm in a checkpoint."""
        return set(self.roles) == {SCALE}

    def kind_names(self, header: Header) -> tuple[str, ...]:
        """What an overview counts it under; empty where it is no module of an adapter."""
        if kind := self.kind(header):
            is_dora = any(role in self.roles for role in MAGNITUDES)
            return (kind.name, "dora") if is_dora else (kind.name,)
        only_bias = not self.strangers and any(role in self.roles for role in BIAS_ROLES)
        return ("full",) if only_bias else ()


def _suffix_table() -> Mapping[str, str]:
    """Suffix → role."""
    roles = dict(EXTRA_SUFFIXES)
    for kind in KINDS:
        roles |= {suffix: role for suffix, role in kind.suffixes.items() if suffix not in roles}
    return roles


_SUFFIXES = _suffix_table()
_INSIDE_WORDS = tuple(suffix for suffix in _SUFFIXES if not suffix.startswith("."))
"""Suffixes that start in the middle of a word; none of the others ends with one of these."""
_MOST_WORDS = max(suffix.count(".") for suffix in _SUFFIXES)


def split_name(name: str) -> tuple[str, str | None]:
    """(group key, role) by the longest suffix; a name with no known suffix is its own key, without
    a role."""
    plain = _plain(name)
    if plain.endswith(_INSIDE_WORDS) and plain not in _INSIDE_WORDS:
        suffix = next(suffix for suffix in _INSIDE_WORDS if plain.endswith(suffix))
        return plain[: -len(suffix)], _SUFFIXES[suffix]
    start, found = len(plain), None
    for _ in range(_MOST_WORDS):
        start = plain.rfind(".", 0, start)
        if start < 1:
            break
        if role := _SUFFIXES.get(plain[start:]):
            found = plain[:start], role
    return found or (name, None)


def _plain(name: str) -> str:
    """Without the name of an adapter, and XLabs' words in the usual order."""
    if any(part.startswith(_MAY_BE_NAMED) for part in name.rsplit(".", 3)[1:3]):
        for pattern, form in _NAMED:
            plain, count = pattern.subn(form, name)
            if count:
                return plain
    if name.endswith(_XLABS_ENDS):
        return _XLABS.sub(r"\1.lora.\2.weight", name)
    return name


def _is_named(name: str) -> bool:
    """Whether a tensor keeps the name of its adapter."""
    return _plain(name) != name


def weights_among(names: Iterable[str]) -> list[str]:
    """In order, without the tensors that adapters carry beside their weights."""
    found = sorted(names)
    together = "\n".join(found)  # most files hold none, which one look tells
    if not any(word in together for word in _NO_WEIGHT_WORDS):
        return found
    return [name for name in found if not _NO_WEIGHTS.search(name)]


def split_groups(names: Iterable[str]) -> tuple[Group, ...]:
    """Groups in the order of their keys. Every name that is a weight is in exactly one group, but
    for shared ones: one without a known suffix is a stranger in the module it names, else a group
    without roles."""
    grouping = _Grouping()
    for name in weights_among(names):
        grouping.add(name)
    grouping.dissolve()
    return grouping.groups()


class _Grouping:
    """Names by key and role, while they are being sorted."""

    def __init__(self) -> None:
        self._roles: dict[str, dict[str, str]] = {}
        self._repeated: dict[str, list[str]] = {}
        self._unknown: list[str] = []

    def add(self, name: str) -> None:
        key, role = split_name(name)
        if role is None:
            self._unknown.append(name)
            return
        of_group = self._roles.setdefault(key, {})
        if (holder := of_group.setdefault(role, name)) != name:
            plain, other = sorted((holder, name), key=_is_named)
            of_group[role] = plain  # `hada_w1_a.mask` beside `hada_w1_a` is no adapter's name
            is_strange = _is_named(other) and not _is_named(plain)
            (self._unknown if is_strange else self._repeated.setdefault(key, [])).append(other)

    def dissolve(self) -> None:
        """Take apart what is no module; of what is left over PEFT's whole tensors are modules."""
        for key in [key for key in self._roles if self._is_no_module(key)]:
            self._unknown.extend(self._roles.pop(key).values())
        whole = whole_roles(self._unknown, self._roles)
        self._unknown = [name for name in self._unknown if name not in whole]
        for name, (key, role) in whole.items():
            if self._roles.setdefault(key, {}).setdefault(role, name) != name:
                self._repeated.setdefault(key, []).append(name)

    def groups(self) -> tuple[Group, ...]:
        sharing = shared_roles(self._roles)
        shared = {key: self._roles.pop(key) for key in set(sharing.values())}
        for key in self._repeated.keys() - self._roles.keys():
            self._unknown.extend(self._repeated.pop(key))
        strangers = strangers_of(sorted(self._unknown), self._roles.keys())
        return tuple(
            Group(
                key,
                {**self._roles.get(key, {}), **shared.get(sharing.get(key, ""), {})},
                tuple(self._repeated.get(key, ())),
                tuple(strangers.get(key, ())),
                sharing.get(key, ""),
            )
            for key in sorted(self._roles.keys() | strangers.keys())
        )

    def _is_no_module(self, key: str) -> bool:
        """Nothing but a weight, or a factor of another module: `x.lora_A` of `x.lora_A.scale`."""
        if self._roles[key].keys() == {FACTORS}:
            return True
        return _FACTOR.search(key) is not None and split_name(key)[0] in self._roles


def adapter_groups(header: Header, groups: Sequence[Group] | None = None) -> tuple[Group, ...]:
    """The groups that are modules of an adapter; none where the file is something else. `groups`:
    all of the file's, where they are known already."""
    groups = split_groups(header.tensors) if groups is None else groups
    modules = tuple(group for group in groups if group.kind_names(header))
    return () if all(group.is_bare_scale for group in modules) else modules
