"""Where the parts are put together: files and settings in, a working recognizer out."""

from __future__ import annotations

from collections.abc import Callable

from cardlens.errors import MissingExtra
from cardlens.recognition.aligner import Aligner
from cardlens.recognition.decision import Decider
from cardlens.recognition.detector import Detector
from cardlens.recognition.embedder import Embedder
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.matcher import Gallery, Matcher
from cardlens.recognition.picture import Limits
from cardlens.recognition.reader import Reader
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.sight import SightCalibration
from cardlens.recognition.strip_answers import StripNamer
from cardlens.recognition.strip_catalogue import StripCatalogue
from cardlens.recognition.strips import StripReader
from cardlens.recognition.text import TextEngine
from cardlens.reference.database import ReferenceDatabase
from cardlens.runtimes.base import ModelSpec, Runtime
from cardlens.runtimes.hailo import HailoRuntime
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.settings import Settings


def _open_model(settings: Settings, name: str) -> tuple[Runtime, ModelSpec]:
    """Load `<name>.onnx`, or `<name>.hef` where its spec names a Hailo."""
    spec = ModelSpec.load(settings.models / f"{name}.json")
    if spec.runtime == "onnx":
        return OnnxRuntime(settings.models / f"{name}.onnx", spec, settings.threads), spec
    return HailoRuntime(settings.models / f"{name}.hef", spec), spec


def open_embedder(settings: Settings) -> Embedder:
    """Load the embedder; raises `BadModel`."""
    return Embedder(*_open_model(settings, "embedder"))


def open_detector(settings: Settings) -> Detector:
    """Load the detector and the aligner; raises `BadModel`."""
    return Detector(*_open_model(settings, "detector"), Aligner(*_open_model(settings, "aligner")))


def open_recognizer(
    settings: Settings, through: Callable[[Gallery], Gallery] = lambda whole: whole, *, calibrated: bool = True
) -> Recognizer:
    """Load models, calibration, card facts and reference database; raises `BadModel` or `BadReference`.

    `through` may replace the database by a view of it: measurements leave cards out. Where there is no calibration
    yet, `calibrated=False` opens a recognizer to fit one with: it is never sure of anything.
    """
    embedder = open_embedder(settings)
    database = through(open_gallery(settings, embedder.digest))
    facts = bundled_facts()
    return Recognizer(
        detector=open_detector(settings),
        embedder=embedder,
        matcher=Matcher(database),
        calibration=_calibration(settings, embedder) if calibrated else SightCalibration({}),
        reader=Reader(facts, settings.threads),
        decider=Decider(database, facts),
        limits=Limits(settings.max_bytes, settings.max_pixels),
    )


def open_strip_namer(settings: Settings) -> StripNamer:
    """Load what reads the bottom strips of fanned cards; the text models are loaded at the first photo."""
    catalogue = StripCatalogue(bundled_facts())
    reader = StripReader(catalogue, TextEngine(threads=settings.threads))
    return StripNamer(reader, catalogue, Limits(settings.max_bytes, settings.max_pixels))


def open_gallery(settings: Settings, model_digest: str) -> Gallery:
    """Open the cards that can be named, in a folder or shared; raises `BadReference` or `MissingExtra`."""
    if settings.shared is None:
        return ReferenceDatabase.open(settings.reference, model_digest, settings.threads)
    try:
        from cardlens.shared.catalogue import SharedCatalogue  # noqa: PLC0415 - SQLAlchemy: only where it is asked for
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"--reference postgresql://…: needs {error.name}, not installed here; run: pip install 'cardlens[postgres]'"
        ) from None
    return SharedCatalogue.open(settings.shared, model_digest)


def _calibration(settings: Settings, embedder: Embedder) -> SightCalibration:
    return SightCalibration.open(settings.models / "calibration.json", embedder.digest)
