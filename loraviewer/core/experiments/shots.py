"""One picture of an experiment: a request, and what no request can say of how it is made."""

import hashlib
from typing import Literal

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.request import GenerationRequest

Place = Literal["activations", "guided"]
"""Outputs of the layers that adapters would change; the guided output of the whole network."""


class Disturbance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gaussian numbers added to outputs while a picture is denoised.

    `energy`: root of the expected ratio of their energy to that of what they are added to, 0 … .
    `is_frozen`: drawn once and the same at each step, as a change of weights is; else fresh at each
    call. `draw`: which of many, from 1.
    """

    place: Place
    is_frozen: bool
    energy: float
    draw: int = 1


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
