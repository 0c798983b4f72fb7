"""When a picture is decoded in tiles: only where it does not fit whole, for tiles change pixels."""

TILE_EDGES_PX = (1024, 512, 256)
"""Largest first: the fewer seams, the nearer to the whole."""

_SHARE = 0.8
"""Of what is free, so that a measure somewhat off does not end in swapping."""

_MAPS_ALIVE = 4
"""Feature maps of picture size that a VAE's decoder holds at once, at most."""


def pixel_bytes(channels: int, number_bytes: int) -> int:
    """What decoding takes at most for each pixel. channels: of the last block, which works at
    picture size on those of the block before."""
    return _MAPS_ALIVE * channels * number_bytes


def tile_edge_px(width: int, height: int, pixel_bytes: int, free_bytes: int) -> int:
    """Edge of square tiles in picture pixels; 0 for a picture decoded whole.

    pixel_bytes: what decoding takes at most for each pixel. free_bytes: what it may take. Where
    not even the smallest tile fits, it is tried all the same.
    """
    room = _SHARE * free_bytes
    if width * height * pixel_bytes <= room:
        return 0
    smaller = _edges_below(max(width, height))
    fitting = [edge for edge in smaller if edge**2 * pixel_bytes <= room]
    return next(iter(fitting or smaller[-1:]), 0)


def next_smaller_edge_px(width: int, height: int, edge_px: int) -> int:
    """What to try once memory ran out decoding with tiles of `edge_px` (0: whole); 0 if nothing."""
    return next(iter(_edges_below(edge_px or max(width, height))), 0)


def _edges_below(edge_px: int) -> list[int]:
    return [edge for edge in TILE_EDGES_PX if edge < edge_px]
