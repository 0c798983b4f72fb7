"""Tables of an experiment, read back as what was written."""

from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.sentences import Sentence
from loraviewer.lab.experiments.read_folder import read_table
from loraviewer.lab.experiments.tables import table
from tests.core.experiments.means import mean
from tests.languages.said import in_german

