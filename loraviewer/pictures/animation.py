"""Animations as files: APNG and lossless WebP, frame by frame as they were made."""

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.animation import (
    ANIMATION_CHUNK,
    Animation,
    animation_record,
    shown_order,
)
from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.picture import Picture
from loraviewer.core.sentences import say
from loraviewer.pictures.contact_sheet import as_image

_PNG, _WEBP = (".png", ".apng"), (".webp",)
_FOR_EVER = 0


def write_animation(path: Path, animation: Animation) -> None:
    """Whole or not at all, over a file of that name; the suffix says which of the two. Raises
    `FileError`."""
    suffix = path.suffix.lower()
    if suffix not in (*_PNG, *_WEBP):
        raise FileError(
            say("“{path}” is no name of an animation; let it end in .png or .webp.", path=str(path))
        )
    order = shown_order(len(animation.frames), animation.way.turn)
    drawn = _drawn(animation)
    shown = [drawn[index] for index in order]
    with new_file(path) as file:
        if suffix in _PNG:
            _write_png(file, shown, animation)
        else:
            _write_webp(file, shown, animation)


def _write_png(file: Path, shown: list[Image.Image], animation: Animation) -> None:
    info = PngInfo()
    info.add_text(ANIMATION_CHUNK, animation_record(animation))
    shown[0].save(
        file,
        "PNG",
        save_all=True,
        append_images=shown[1:],
        duration=animation.way.frame_ms,
        loop=_FOR_EVER,
        pnginfo=info,
    )


def _write_webp(file: Path, shown: list[Image.Image], animation: Animation) -> None:
    exif = Image.Exif()
    exif[0x010E] = animation_record(animation)  # ImageDescription
    shown[0].save(
        file,
        "WEBP",
        save_all=True,
        append_images=shown[1:],
        duration=animation.way.frame_ms,
        loop=_FOR_EVER,
        lossless=True,
        exif=exif,
    )


def _drawn(animation: Animation) -> list[Image.Image]:
    captions = animation.captions or (None,) * len(animation.frames)
    return [_framed(p, caption) for p, caption in zip(animation.frames, captions, strict=True)]


def _framed(picture: Picture, caption: Picture | None) -> Image.Image:
    image = as_image(picture)
    if caption is None:
        return image
    whole = Image.new("RGB", (image.width, image.height + caption.height))
    whole.paste(image, (0, 0))
    whole.paste(as_image(caption), (0, image.height))
    return whole
