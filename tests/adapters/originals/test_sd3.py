import pytest

from loraviewer.adapters.originals.sd3 import sd3_rows


@pytest.mark.parametrize("strange", ["²", "٣", "9" * 5000, "1_0", "-1"])
def test_names_that_only_look_like_numbered_blocks_are_passed_over(strange):
    names = ["joint_blocks.3.x_block.attn.qkv.weight", f"joint_blocks.{strange}.x_block.attn.qkv"]
    assert sd3_rows(names) == sd3_rows(names[:1])
