"""Numbers about pictures, as pure functions of arrays; none of them needs torch.

Pictures are uint8 arrays (height, width, 3), and several of one size (n, height, width, 3).
`registry` lists what there is by the names that columns, options and charts use.
"""
