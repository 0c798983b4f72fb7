"""What diffusers does for a moved fader, in a process of its own: as its users have it, or with the
allocator and the spinning of threads that loraviewer sets for itself (`prepared`), which help any
program that merges.

python -m tests.peers float32|bfloat16 [rounds] [prepared]

Prints the least seconds of unfuse_lora + set_adapters + fuse_lora of five adapters of rank 16 on
the 192 attention linears and convolutions of a full-size Stable Diffusion 1.5 UNet.
"""

import os
import subprocess
import sys
import time

import torch
from diffusers import UNet2DConditionModel
from peft import LoraConfig

from loraviewer.__main__ import SPIN_COUNT
from loraviewer.core.allocator import keep_freed_memory
from tests.full_size import ATTENTION_ENDINGS, RANK, full_size_unet

ROUNDS = 3


def diffusers_cycle_s(dtype: str, rounds: int = ROUNDS, *, is_prepared: bool = False) -> float:
    """Least seconds, measured by a new process."""
    command = [sys.executable, "-m", "tests.peers", dtype, str(rounds)]
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    if is_prepared:
        command.append("prepared")
        environment["GOMP_SPINCOUNT"] = SPIN_COUNT
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(answer.stdout)


def measure_cycle(unet: UNet2DConditionModel, rounds: int) -> float:
    names = [f"a{i}" for i in range(5)]
    config = LoraConfig(
        r=RANK, lora_alpha=RANK, init_lora_weights=False, target_modules=list(ATTENTION_ENDINGS)
    )
    for name in names:
        unet.add_adapter(config, name)
    unet.set_adapters(names, [0.7] * 5)
    unet.fuse_lora(adapter_names=names)
    times = []
    for i in range(rounds + 1):  # the first is not counted
        started = time.perf_counter()
        unet.unfuse_lora()
        unet.set_adapters(names, [0.5 + 0.01 * i, *[0.7] * 4])
        unet.fuse_lora(adapter_names=names)
        times.append(time.perf_counter() - started)
    return min(times[1:])


def main() -> None:
    if "prepared" in sys.argv:
        keep_freed_memory()
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[sys.argv[1]]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    print(measure_cycle(full_size_unet(dtype), rounds))


if __name__ == "__main__":
    main()
