"""Five hints on a first start, each beside the thing that it is about."""
