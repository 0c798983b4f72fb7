"""Where the weights of a base would lie while pictures are made, planned from headers alone."""
