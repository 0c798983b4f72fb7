import pytest

from loraviewer.core.decoding import next_smaller_edge_px, tile_edge_px


@pytest.mark.parametrize(
    ("size", "free_bytes", "edge"),
    [
        ((512, 512), 512 * 512 * 10 * 2, 0),
        ((2048, 2048), 2048 * 2048 * 10 * 2, 0),
        ((2048, 2048), 2048 * 2048 * 10, 1024),  # a fifth of what is free is left alone
        ((2048, 1024), 1024 * 1024 * 10, 512),
        ((2048, 1024), 512 * 512 * 10, 256),
        ((2048, 1024), 1, 256),
        ((264, 8), 0, 256),
        ((256, 256), 0, 0),  # no tile is smaller
    ],
)
def test_tiles_are_the_largest_that_fit_and_only_where_the_whole_does_not(size, free_bytes, edge):
    width, height = size
    assert tile_edge_px(width, height, 10, free_bytes) == edge


def test_what_cannot_be_tiled_is_never_tiled():
    assert tile_edge_px(4096, 4096, 0, 0) == 0


@pytest.mark.parametrize(("edge", "next_edge"), [(0, 1024), (1024, 512), (512, 256), (256, 0)])
def test_each_attempt_takes_smaller_tiles(edge, next_edge):
    assert next_smaller_edge_px(2048, 2048, edge) == next_edge


def test_small_pictures_have_no_smaller_tiles():
    assert next_smaller_edge_px(256, 128, 0) == 0
    assert next_smaller_edge_px(1024, 8, 0) == 512
