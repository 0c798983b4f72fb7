"""The denoiser of a base, compiled where it is known to say the same, and as ever elsewhere."""

import contextlib
import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from loraviewer.core.cancel import CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.engine.compiling.call_forms import Call, CallForm, call_of
from loraviewer.engine.compiling.captured import CapturedProgram, Graphs
from loraviewer.engine.compiling.compiler import CompileError, Compiler
from loraviewer.engine.compiling.program import Program
from loraviewer.engine.compiling.task import (
    CompileTask,
    is_compilable,
    is_hooked,
    live_weights,
    task_of,
)

Shape = Hashable
"""What decides how the denoiser is called while a picture is made, apart from numbers."""

_LEAST_GUIDED = 1.0

NEAR = {torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 6e-2}
"""How far outputs may lie from the plain network's, over their own size: sums that are rounded in
another order lie far within, and wrong ones beyond."""
_TIMESTEPS = (500.0, 20.0)


def picture_shape(request: GenerationRequest, chunks: int) -> Shape:
    """chunks: into how many the prompts are read."""
    sampling = request.sampling
    is_guided = sampling.guidance_scale > _LEAST_GUIDED
    return (sampling.width, sampling.height, len(request.of_batch()), is_guided, chunks)


class NotCompiled(CompileError):  # noqa: N818 - it says what the picture is
    """A picture was begun compiled and cannot go on so: it is to be made anew, uncompiled."""


@dataclass
class _Known:
    """Of a shape: the forms of its calls, and whether any call was of none."""

    forms: set[CallForm] = field(default_factory=set)
    is_hopeless: bool = False


class CompiledDenoiser:
    """Engine thread only. Programs compute with the live weights, which are always written in
    place; where those were moved, they are bound anew. After a program failed, none is used. Where
    the device can capture them, programs are, and go on without where that fails."""

    def __init__(
        self, network: nn.Module, compiler: Compiler, machine: str, graphs: Graphs | None = None
    ) -> None:
        """machine: as `compiler.machine_of` names it. graphs: None to capture nothing."""
        self._network = network
        self._compiler = compiler
        self._machine = machine
        self._graphs = graphs or Graphs()
        self._signature = inspect.signature(network.forward)
        self._asked: dict[Shape, _Known] = {}
        self._programs: dict[CallForm, Program] = {}
        self._unproved: dict[CallForm, CapturedProgram] = {}
        self._tasks: dict[CallForm, CompileTask] = {}
        self._weights: dict[str, torch.Tensor] = {}
        self._bound: dict[CallForm, tuple[int, ...]] = {}
        self._problem = "" if is_compilable(network) else _packed()
        self._failed: dict[CallForm, str] = {}

    def ask(self, shape: Shape) -> bool:
        """A picture of this shape may be compiled. Whether it can be, now; its calls are looked at
        otherwise."""
        return self._is_ready(self._asked.setdefault(shape, _Known()))

    @contextlib.contextmanager
    def running(self, shape: Shape, *, is_compiled: bool) -> Iterator[None]:
        """Meanwhile the network is called compiled, or as ever. `NotCompiled` out of a call that no
        program stands for."""
        known = self._asked.get(shape)
        if is_compiled and known is not None:
            self._check_hooks()
            self._weights = live_weights(self._network)
            stand_in = self._compiled(known)
        elif known is not None and not known.forms and not self._problem:
            stand_in = self._watched(known, self._network.forward)
        else:
            yield
            return
        self._network.forward = stand_in
        try:
            yield
        finally:
            del self._network.forward

    def advance(self, token: CancelToken) -> CompileReport:
        """The next small piece of work towards what was asked for: a program that is ready is
        loaded and proved, or the next one begun. To be called again while anything is left. Raises
        `Cancelled`, after a layer of the plain network; a step of the program is not broken off."""
        for form in self._missing():
            try:
                self._bring_on(form, token)
            except CompileError as error:
                self._failed[form] = error.message
                self._unproved.pop(form, None)
            break
        return self.report()

    def report(self) -> CompileReport:
        ready = sum(map(self._is_ready, self._asked.values()))
        missing = self._missing()
        states = [self._compiler.state(self._task(form)) for form in missing]
        problem = self._problem or next(iter(self._failed.values()), "")
        return CompileReport(
            ready=ready,
            waiting=len(missing),
            is_building="building" in states,
            problem=problem,
            remark=self._graphs.problem if ready else "",
        )

    def _is_ready(self, known: _Known) -> bool:
        forms = known.forms
        return not known.is_hopeless and bool(forms) and forms <= self._programs.keys()

    def _missing(self) -> list[CallForm]:
        if self._problem:
            return []
        forms = {form: None for known in self._asked.values() for form in known.forms}
        return [form for form in forms if form not in self._programs and form not in self._failed]

    def _bring_on(self, form: CallForm, token: CancelToken) -> None:
        task = self._task(form)
        state = self._compiler.state(task)
        if state == "failed":
            raise CompileError(self._compiler.why_not(task))
        if state == "unknown":
            self._compiler.begin(task)
        if state == "ready":
            if form not in self._unproved:
                program = self._compiler.load(task, _index_of(self._network))
                self._unproved[form] = CapturedProgram(program, self._graphs)
            self._prove(form, self._unproved[form], token)
            self._programs[form] = self._unproved.pop(form)

    def _task(self, form: CallForm) -> CompileTask:
        if form not in self._tasks:
            self._tasks[form] = task_of(self._network, form, self._machine)
        return self._tasks[form]

    @torch.no_grad()
    def _prove(self, form: CallForm, program: CapturedProgram, token: CancelToken) -> None:
        """On numbers of our own, with the weights as they are now: as it is, and where it can be
        captured, as it was, on other numbers each time. What will run is what is proved. Raises
        `Cancelled` before the program has run."""
        self._weights = live_weights(self._network)
        is_captured = self._graphs.capture is not None
        examples = [self._example(form, step) for step in _TIMESTEPS[: 1 + is_captured]]
        with _broken_off(self._network, token):
            wanted = [self._plain(form, example) for example in examples]
        token.raise_if_cancelled()
        try:
            self._bind(form, program)
            if not self._is_near(program(examples[0]), wanted[0]):
                raise CompileError(_wrong())
            again = [self._is_near(program(examples[i]), wanted[i]) for i in (1, 0) if is_captured]
        except RuntimeError as error:
            raise CompileError(_broken(error)) from error
        if not all(again):
            self._graphs.give_up(_wrongly_captured())

    def _example(self, form: CallForm, timestep: float) -> list[torch.Tensor]:
        generator = torch.Generator("cpu").manual_seed(int(timestep))
        drawn = [
            torch.randn(one.shape, generator=generator)
            if one.shape
            else torch.full(one.shape, timestep)
            for one in form.tensors
        ]
        forms = zip(drawn, form.tensors, strict=True)
        return [tensor.to(self._device, getattr(torch, one.dtype)) for tensor, one in forms]

    def _plain(self, form: CallForm, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        return self._network(**form.arguments(tensors))[0]

    def _is_near(self, said: torch.Tensor, wanted: torch.Tensor) -> bool:
        """Sums that were rounded in another order are."""
        said, expected = said.float(), wanted.float()
        apart = (said - expected).norm() / expected.norm().clamp_min(1e-12)
        return said.shape == expected.shape and bool(apart <= NEAR.get(wanted.dtype, 0.0))

    @property
    def _device(self) -> torch.device:
        """Where the weights lie while it computes."""
        return next(self._network.parameters()).device

    def _check_hooks(self) -> None:
        if is_hooked(self._network):
            raise NotCompiled(say("Something listens inside the denoiser, so it runs as before."))

    def _compiled(self, known: _Known) -> Callable[..., tuple[torch.Tensor]]:
        def compiled(*args: Any, **kwargs: Any) -> tuple[torch.Tensor]:
            call = call_of(self._signature, args, kwargs)
            program = self._programs.get(call.form) if call else None
            if call is None or program is None:
                _learn(known, call)
                raise NotCompiled(
                    say("The denoiser was called otherwise than it was compiled for.")
                )
            try:
                self._bind(call.form, program)
                return (program([tensor.to(self._device) for tensor in call.tensors]),)
            except RuntimeError as error:
                self._problem = _broken(error)
                self._programs.clear()
                self._graphs.spare()
                raise NotCompiled(self._problem) from error

        return compiled

    def _bind(self, form: CallForm, program: Program) -> None:
        """Where weights lie elsewhere than when it was bound."""
        places = tuple(weight.data_ptr() for weight in self._weights.values())
        if places != self._bound.get(form):
            program.bind(self._weights)
            self._bound[form] = places

    def _watched(self, known: _Known, forward: Any) -> Any:
        def watched(*args: Any, **kwargs: Any) -> Any:
            _learn(known, call_of(self._signature, args, kwargs))
            return forward(*args, **kwargs)

        return watched


@contextlib.contextmanager
def _broken_off(network: nn.Module, token: CancelToken) -> Iterator[None]:
    """Meanwhile each layer asks first whether somebody waits for the engine: a step of a large
    network takes seconds."""

    def ask(*_: object) -> None:
        token.raise_if_cancelled()

    with contextlib.ExitStack() as hooks:
        for module in network.modules():
            hooks.callback(module.register_forward_pre_hook(ask).remove)
        yield


def _learn(known: _Known, call: Call | None) -> None:
    if call is None:
        known.is_hopeless = True
    else:
        known.forms.add(call.form)


def _index_of(network: nn.Module) -> int:
    """Of the card that its weights lie on; -1 where there is only one such device."""
    index = next(network.parameters()).device.index
    return -1 if index is None else index


def _packed() -> str:
    return say("The denoiser of this base is packed or of another make, and cannot be compiled.")


def _broken(error: RuntimeError) -> str:
    why = " ".join(str(error).split())[:200].rstrip(".")
    return say("The compiled denoiser failed, and the plain one goes on ({why}).", why=why)


def _wrong() -> str:
    return say("The compiled denoiser says something else than the plain one; it is not used.")


def _wrongly_captured() -> str:
    return say(
        "Pictures of this base come of a compiled denoiser; what was captured of it said something "
        "else and is not used, so they may be slower than this card allows."
    )
