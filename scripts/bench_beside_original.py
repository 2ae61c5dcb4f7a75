"""Sampling steps of glide and of the original in PyTorch, taking turns on the same GPU.

Called by scripts/bench; on a CPU 'glide bench --beside original' needs no PyTorch. Both sides have the published sizes,
and weights that nobody trained: speed does not depend on them. A step is all that a sampler does between two images.
The original reads the prompt anew at every step.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
import types

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "studies" / "gpu-speed.md"
# Where the tables stand on the page.
PLACE = ("<!-- scripts/bench --write --device cuda -->", "<!-- end of scripts/bench --device cuda -->")
# A GPU is waited for after so many steps, as 'glide bench' does: one step alone would be measured with its waiting.
GPU_STEPS = 20
GUIDANCE_SCALE = 3.0
VOCABULARY = 50257


def import_original(checkout):
    """The original's modules, without its tokenizer, which needs packages that no step needs."""
    if not (pathlib.Path(checkout) / "glide_text2im" / "model_creation.py").exists():
        sys.exit(f"error: GLIDE_REFERENCE is '{checkout}', which has no glide_text2im; give a checkout of the original")
    sys.path.insert(0, checkout)
    tokenizer = types.ModuleType("glide_text2im.tokenizer.bpe")
    tokenizer.get_encoder = lambda: types.SimpleNamespace(n_vocab=VOCABULARY)
    tokenizer.Encoder = object
    sys.modules[tokenizer.__name__] = tokenizer
    from glide_text2im import model_creation

    return model_creation


def build(creation, stage, device):
    if stage == "base":
        options = creation.model_and_diffusion_defaults()
        options["timestep_respacing"] = "100"
    else:
        options = creation.model_and_diffusion_defaults_upsampler()
        options["timestep_respacing"] = "fast27"
    options["use_fp16"] = True
    model, diffusion = creation.create_model_and_diffusion(**options)
    model.eval()
    with torch.no_grad():
        for parameter in model.parameters():
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 300
            parameter.uniform_(-math.sqrt(3 / fan_in), math.sqrt(3 / fan_in))
    model.convert_to_fp16()
    return model.to(device), diffusion, options


class Original:
    """One stage of the original, ready to make steps."""

    def __init__(self, creation, stage, images, device, compiled):
        self.model, self.diffusion, options = build(creation, stage, device)
        network = torch.compile(self.model, mode="max-autotune") if compiled else self.model
        self.guided = stage == "base"
        rows = 2 * images if self.guided else images
        side = options["image_size"]
        self.x = torch.randn(rows, 3, side, side, device=device)
        self.arguments = {
            "tokens": torch.zeros(rows, options["text_ctx"], dtype=torch.long, device=device),
            "mask": torch.ones(rows, options["text_ctx"], dtype=torch.bool, device=device),
        }
        if self.guided:
            self.denoise = lambda x, t, **kwargs: guide(network, x, t, **kwargs)
        else:
            self.denoise = network
            self.arguments["low_res"] = torch.zeros(rows, 3, 64, 64, device=device)
        self.at = torch.full((rows,), 13, dtype=torch.long, device=device)

    def step(self):
        """Milliseconds of one step."""
        take = self.diffusion.p_sample if self.guided else self.diffusion.ddim_sample
        torch.cuda.synchronize()
        begin = time.perf_counter()
        with torch.no_grad():
            for _ in range(GPU_STEPS):
                take(self.denoise, self.x, self.at, clip_denoised=True, model_kwargs=self.arguments)
        torch.cuda.synchronize()
        return 1000 * (time.perf_counter() - begin) / GPU_STEPS


def guide(network, x, t, **kwargs):
    """Classifier-free guidance: both halves of the batch are the same images, the second without a prompt."""
    half = x[: len(x) // 2]
    both = network(torch.cat([half, half]), t, **kwargs)
    eps, rest = both[:, :3], both[:, 3:]
    conditional, unconditional = eps.chunk(2)
    guided = unconditional + GUIDANCE_SCALE * (conditional - unconditional)
    return torch.cat([torch.cat([guided, guided]), rest], dim=1)


def measure_glide(stage, dtype, batch_size, arguments):
    command = [os.environ.get("GLIDE_PROGRAM", ROOT / "scripts" / "glide"), "bench", "--json", "--rounds", str(arguments.steps), "--stage", stage, "--dtype", dtype]
    command += ["--device", arguments.device, "--batch-size", str(batch_size)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} ended with {result.returncode}:\n{result.stderr}")
    return json.loads(result.stdout)


def measure(stage, batch_size, creation, arguments):
    """A line of the table for each number type of glide, and one for each way to run the original."""
    device = torch.device(arguments.device)
    ways = {"original, eager": False}
    if not arguments.no_compile:
        ways["original, compiled"] = True
    originals = {name: Original(creation, stage, batch_size, device, compiled) for name, compiled in ways.items()}
    for original in originals.values():
        # A compiled network is tuned in the first step, and recorded in one of the next.
        for _ in range(3):
            original.step()
    times = {name: [] for name in originals}
    ours = {dtype: [] for dtype in arguments.dtype}
    for turn in range(arguments.rounds):
        for name, original in originals.items():
            times[name].append(statistics.median(original.step() for _ in range(arguments.steps)))
            print(f"{stage}, batch {batch_size}, round {turn + 1}: {name} {times[name][-1]:.1f} ms", file=sys.stderr)
        for dtype in arguments.dtype:
            ours[dtype].append(measure_glide(stage, dtype, batch_size, arguments))
            last = ours[dtype][-1]
            print(f"{stage}, batch {batch_size}, round {turn + 1}: glide {last['dtype']} {last['ms_per_step']:.1f} ms", file=sys.stderr)
    eager = statistics.median(times["original, eager"])
    for name, values in times.items():
        yield row(stage, f"{name}, fp16", statistics.median(values), eager)
    for dtype, results in ours.items():
        middle = sorted(results, key=lambda result: result["ms_per_step"])[len(results) // 2]
        name = f"glide, auto: {middle['dtype']}" if dtype == "auto" else f"glide, {dtype}"
        yield row(stage, name, statistics.median(result["ms_per_step"] for result in results), eager, middle)


def row(stage, what, milliseconds, eager, details=None):
    cells = [stage, what, f"{milliseconds:.1f}", f"{1000 / milliseconds:.3f}", f"{eager / milliseconds:.2f} ×"]
    if details is None:
        return cells + ["", "", "", ""]
    peak = details["peak_bytes"]
    return cells + [
        f"{details['gflop_per_second']:.0f}",
        f"{details['part_of_ceiling']:.0%}",
        f"{details['load_seconds']:.2f}",
        f"{peak / 1e6:.0f}" if peak else "",
    ]


def table(rows, batch_size, arguments):
    header = ["stage", "what", "ms a step", "steps/s", "to the original", "GFLOP/s", "of the ceiling", "load s", "peak MB"]
    lines = [header, ["---"] * len(header), *rows]
    made = f"{datetime.date.today().isoformat()}, {torch.cuda.get_device_name(torch.device(arguments.device))}, "
    made += f"PyTorch {torch.__version__}, batch {batch_size}, "
    made += f"medians of {arguments.rounds} turns: `GLIDE_REFERENCE=… scripts/bench {' '.join(sys.argv[1:])}`"
    return made + "\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def write(text, first, last):
    page = PAGE.read_text()
    if first not in page or last not in page:
        sys.exit(f"error: {PAGE} has no place for the table; it belongs between the lines '{first}' and '{last}'")
    begin, end = page.index(first) + len(first), page.index(last)
    PAGE.write_text(page[:begin] + "\n" + text + page[end:])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures glide beside the original, taking turns.")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side (3)")
    parser.add_argument("--steps", type=int, default=1, help="timed steps in a turn (1)")
    parser.add_argument("--no-compile", action="store_true", help="leave out torch.compile, which takes minutes")
    parser.add_argument("--stage", choices=["base", "upsample"], help="only this one")
    parser.add_argument(
        "--dtype",
        action="append",
        choices=["auto", "fp32", "fp16", "bf16"],
        help="of glide; may come twice (fp16 and bf16)",
    )
    parser.add_argument("--batch-size", type=int, action="append", help="images a step; may come twice, a table for each (1)")
    parser.add_argument("--device", default="cuda", help="cuda or cuda:N (cuda)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/studies/gpu-speed.md")
    arguments = parser.parse_args()
    if torch.device(arguments.device).type != "cuda":
        sys.exit(
            f"error: --device is '{arguments.device}'; allowed are cuda and cuda:N; "
            "on a CPU use 'scripts/bench --beside original' without GLIDE_REFERENCE"
        )
    arguments.dtype = arguments.dtype or ["fp16", "bf16"]
    creation = import_original(os.environ["GLIDE_REFERENCE"])
    tables = []
    for batch_size in arguments.batch_size or [1]:
        rows = []
        for stage in [arguments.stage] if arguments.stage else ["base", "upsample"]:
            rows += measure(stage, batch_size, creation, arguments)
        tables.append(table(rows, batch_size, arguments))
        print(tables[-1], end="", flush=True)
    if arguments.write:
        write("\n".join(tables), *PLACE)


if __name__ == "__main__":
    main()
