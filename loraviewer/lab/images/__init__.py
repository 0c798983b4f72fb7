"""Numbers about pictures, as pure functions of arrays; only the base's features need torch.

Pictures are uint8 arrays (height, width, 3), and several of one size (n, height, width, 3).
`registry` lists what there is by the names that columns, options and charts use. In a notebook:

    detail = measures()["detail"]
    shown = [SeedPictures(pictures[p], base[p], p) for p in prompts]
    bands = pooled([detail.band(one.base) for one in shown])
    found = [readings(detail, *both) for both in zip(shown, bands)]
    interval([[one.in_spreads for one in row] for row in found])
"""
