"""Pictures that lie in the page itself."""

import base64
import io

from PIL import Image

from loraviewer.core.picture import Picture
from loraviewer.lab.reports.html_text import safe
from loraviewer.pictures.contact_sheet import as_image

THUMBNAIL_PX = 96
_QUALITY = 88


def png_element(content: bytes, alternative: str, attributes: str = "") -> str:
    """content: of a PNG file. alternative: what is read where it is not seen."""
    return _element("image/png", content, alternative, attributes)


def thumbnail_element(picture: Picture, hint: str) -> str:
    """The same bytes for the same picture."""
    image = as_image(picture)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    size = f'width="{image.width}" height="{image.height}"'
    return _element("image/jpeg", buffer.getvalue(), hint, f'{size} title="{safe(hint)}"')


def _element(kind: str, content: bytes, alternative: str, attributes: str) -> str:
    data = base64.b64encode(content).decode()
    return f'<img alt="{safe(alternative)}" {attributes} src="data:{kind};base64,{data}">'
