"""One picture of an experiment: a request, and what no request can say of how it is made."""

import hashlib
from typing import Literal

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter

Place = Literal["activations", "guided"]
"""Outputs of the layers that adapters would change; the guided output of the whole network."""


class Disturbance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gaussian numbers added to outputs while a picture is denoised.

    `energy`: ρ, 0 … . To the output of a layer with weights W₀ (out, k) and input x they add
    ρ²‖W₀‖²‖x‖²/k on average, as Gaussian weights of ρ‖W₀‖ would; to the guided output ε, ρ²‖ε‖².
    `is_frozen`: drawn once, the same at each step and for each seed, as a change of weights is: of
    a layer, one direction for all places of its output, as long as x says. Else fresh at each step.
    `draw`: which of many, from 1. `layers_of`: adapters in whose layers of the denoiser; for
    activations only.
    """

    place: Place
    is_frozen: bool
    energy: float
    draw: int = 1
    layers_of: tuple[AppliedAdapter, ...] = ()


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """`visit`: 0 for a picture that may come from anywhere; else the number of a stop on a way of
    stacks, which is made anew, in its place on that way."""

    request: GenerationRequest
    disturbance: Disturbance | None = None
    visit: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether any picture that answers the request will do."""
        return self.disturbance is None and not self.visit

    @property
    def key(self) -> str:
        """Equal where one picture answers both."""
        sha256 = self.request.sha256()
        if self.is_plain:
            return sha256
        beyond = encode_json((sha256, self.disturbance, self.visit), order="deterministic")
        return hashlib.sha256(beyond).hexdigest()
