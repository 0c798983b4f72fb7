"""The studio's experiments, as the window commands and hears them."""

from loraviewer.bridge.experiments.experiments_port import Experiments


class ExperimentsModel(Experiments):
    """GUI thread only."""
