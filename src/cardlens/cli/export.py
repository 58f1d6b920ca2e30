"""`cardlens export` and `cardlens parity`: from trained weights to files that runtimes take, and whether they agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardlens.cli import console, extras
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.export.parity import Parity
    from cardlens.export.speedup import Speedups
    from cardlens.export.weight import Weights

_WHOLE, _SMALL, _EMULATED, _ON_DEVICE = "fp32 ONNX", "INT8", "HEF emulated", "HEF"

EXAMPLES = """\
Examples:

  cardlens export onnx embedder --run runs/embedder --out models/

  cardlens export onnx embedder --int8 models/embedder.onnx --out models/

  cardlens export int8 models/embedder-fp32.onnx --calibration calibration.npy --data cards/ --out models/

  cardlens export hailo models/embedder-fp32.onnx --arch hailo8l --calibration calibration.npy --out models/

  cardlens export hailo models/embedder-fp32.onnx --arch hailo8 --calibration calibration.npy --out to-compile --package
"""
PARITY_EXAMPLES = """\
Examples:

  cardlens parity --data cards/ --onnx models/embedder-fp32.onnx --int8 models/embedder.onnx

  cardlens parity --data cards/ --weights runs/embedder/embedder.pt --onnx models/embedder-fp32.onnx \
--int8 models/embedder.onnx --json

  cardlens parity --data cards/ --onnx models/embedder-fp32.onnx --har models/embedder-hailo8.har \
--hef models/embedder-hailo8.hef
"""

app = typer.Typer(
    help="Write models as runtimes take them; needs the extra train.", no_args_is_help=True, epilog=EXAMPLES
)

Data = Annotated[Path, typer.Option(metavar="DIR", help="Folder with scans/ and backgrounds/.")]
Cache = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for decoded scans; default: ./runs/cache.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder to write into.")]
Pictures = Annotated[Path, typer.Option(metavar="FILE", help="What `cardlens dataset calibration` wrote.")]
Photos = Annotated[int, typer.Option(metavar="N", min=20, help="Photos of held-out cards to compare on.")]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Seed of these photos.")]


@app.command(epilog=EXAMPLES)
def onnx(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="embedder, detector or aligner.")],
    out: Out,
    run: Annotated[Path | None, typer.Option(metavar="DIR", help="Training run with MODEL.pt.")] = None,
    int8: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Or an INT8 file, its spec beside it: its weights stay as they are rounded."),
    ] = None,
) -> None:
    """Write a model as fp32 ONNX, from trained weights or from what is left of them in INT8.

    Trained weights are simplified; embedder and aligner take any batch size, the detector one picture of any size.
    Both with a spec.
    """
    extras.require("train", "cardlens export onnx")
    from cardlens.export.release import export_unrounded, export_whole

    if int8 is not None and run is None:
        _say(f"{export_unrounded(int8, name, out)}: fp32, of weights that were rounded")
    elif run is not None and int8 is None:
        _say(f"{export_whole(run, name, out)}: fp32")
    else:
        raise typer.BadParameter("give a training run with --run, or an INT8 file with --int8")


@app.command(epilog=EXAMPLES)
def int8(
    model: Annotated[Path, typer.Argument(metavar="FP32.onnx", help="An embedder, its spec beside it.")],
    calibration: Pictures,
    data: Data,
    out: Out,
    cache: Cache = None,
    photos: Annotated[
        int, typer.Option(metavar="N", min=500, help="Photos of held-out cards to judge on; fewer cannot tell.")
    ] = 1000,
    seed: Seed = 31,
) -> None:
    """Quantise an embedder, and release it only if it names cards as well as in fp32.

    It may lose at most 0.2 points of R@1 on photos of held-out cards; else nothing is written and the exit code is 1.
    """
    extras.require("train", "cardlens export int8")
    from cardlens.export.release import release_int8
    from cardlens.export.unrounded import is_unrounded

    _check(data)
    file, parity = release_int8(model, calibration, lambda: _trials(data, cache, photos, seed), out)
    _tell(parity)
    _say(f"{file}: INT8, released")
    if is_unrounded(model):
        _say(f"{model} has weights that were rounded before: what rounding them costs does not show here")


@app.command(epilog=EXAMPLES)
def hailo(
    model: Annotated[Path, typer.Argument(metavar="FP32.onnx", help="An embedder, its spec beside it.")],
    arch: Annotated[str, typer.Option(metavar="NAME", help="hailo8, or hailo8l (the AI Kit).")],
    calibration: Pictures,
    out: Out,
    package: Annotated[
        bool, typer.Option("--package", help="Write what the compiler needs, to compile elsewhere.")
    ] = False,
    hef: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take in a .hef that was compiled elsewhere from the package.")
    ] = None,
) -> None:
    """Compile an embedder for a Hailo-8 or Hailo-8L, with Hailo's Dataflow Compiler.

    Its embeddings are its own: a reference database must be built with it.
    """
    extras.require("train", "cardlens export hailo")
    from cardlens.export import hailo as compiler
    from cardlens.export.hailo_package import write_package

    if package and hef is not None:
        raise typer.BadParameter("give --package, or --hef with what was compiled from one")
    source = compiler.Source.open(model, calibration)
    if package:
        _say(f"{write_package(source, arch, out)}: everything that the compiler needs; its README says how")
    elif hef is not None:
        _say(f"{compiler.adopt_hef(source, arch, hef, out)}: taken in for {arch}; check it: cardlens parity --hef")
    else:
        _say(f"{compiler.compile_hef(source, arch, out, compiler.load_compiler())}: compiled")


def parity(  # noqa: PLR0913, PLR0917 - options of a command
    data: Data,
    onnx: Annotated[Path, typer.Option(metavar="FILE", help="The fp32 ONNX file, its spec beside it.")],
    int8: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The INT8 file; more loss than 0.2 points fails.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(metavar="FILE", help="The trained weights, embedder.pt.")] = None,
    har: Annotated[Path | None, typer.Option(metavar="FILE", help="A compiled .har, emulated.")] = None,
    hef: Annotated[Path | None, typer.Option(metavar="FILE", help="A compiled .hef, on the device here.")] = None,
    cache: Cache = None,
    photos: Photos = 1000,
    seed: Seed = 31,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare the forms of one embedder: do they name the same cards, how alike are their vectors, what do they weigh?

    On photos of held-out cards against all cards, each form with embeddings of its own. Exit code 1 where INT8 or a
    HEF, emulated or not, loses more than 0.2 points of R@1 against fp32; what is too large or too slow is said.
    """
    extras.require("train", "cardlens parity")
    from cardlens.export.forms import open_forms
    from cardlens.export.parity import GATE_PHOTOS, check_gate, compare
    from cardlens.export.speedup import Speedups
    from cardlens.export.unrounded import check_whole
    from cardlens.export.weight import Weights

    _check(data)
    check_whole(onnx)
    files = {"fp32 torch": weights, _WHOLE: onnx, _SMALL: int8, _EMULATED: har, _ON_DEVICE: hef}
    forms, trials = open_forms(files), _trials(data, cache, photos, seed)
    result = compare(forms, trials)
    weighed = Weights.of({name: file for name, file in files.items() if file is not None}, forms, trials.photos[0])
    speedups = Speedups.of(onnx, int8, trials.photos[0]) if int8 is not None else None
    if as_json:
        timing = {"timing": speedups.as_json()} if speedups else {}
        console.stdout().print_json(data=result.as_json() | weighed.as_json() | timing)
    else:
        _tell(result, weighed, speedups)
    for name in (_SMALL, _EMULATED, _ON_DEVICE):
        if files[name] is not None:
            check_gate(result, _WHOLE, name)
    if photos < GATE_PHOTOS and not as_json:
        _say(f"{photos} photos cannot tell a loss of 0.2 points; for that give --photos {GATE_PHOTOS} or more")


def _trials(data: Path, cache: Path | None, photos: int, seed: int) -> Any:
    from cardlens.export.forms import render_trials

    return render_trials(data, cache or Path("runs/cache"), photos, seed)


def _tell(result: Parity, weighed: Weights | None = None, speedups: Speedups | None = None) -> None:
    from rich.table import Table

    heads = ("form", "R@1", "with parts", *(("MB", "parameters", "ms a card") if weighed else ()))
    table = Table(*heads, title=f"{result.photos:,} photos against {result.cards:,} cards", title_justify="left")
    for name, value in result.recall.items():
        parts = f"{result.with_parts[name]:.2%}" if name in result.with_parts else "-"
        table.add_row(name, f"{value:.2%}", parts, *(weighed.cells(name) if weighed else ()))
    console.stdout().print(table)
    for line in (*(weighed.verdicts(_WHOLE, _SMALL) if weighed else ()), *(speedups.verdicts() if speedups else ())):
        _say(line)
    pairs = Table("between", "and", "least cosine", "1 %", "median")
    for one in result.agreements:
        pairs.add_row(one.one, one.other, f"{one.least:.4f}", f"{one.percentile_1:.4f}", f"{one.median:.4f}")
    console.stdout().print(pairs)
    for way in speedups.ways if speedups else ():
        _say(str(way))


def _check(data: Path) -> None:
    absent = [name for name in ("scans", "backgrounds") if not (data / name).is_dir()]
    if absent:
        raise CardlensError(f"{data}: has no folder {' or '.join(absent)}; give the card data with --data")


def _say(text: str) -> None:
    console.stdout().print(text, highlight=False, markup=False, soft_wrap=True)
