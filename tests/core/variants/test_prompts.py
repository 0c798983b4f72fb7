"""The words of a `Sampling`, and what files leave out."""

import msgspec

from loraviewer.core.document import Document
from loraviewer.core.foreign.picture import ReadPicture
from loraviewer.core.foreign.restoring import restored_sampling
from loraviewer.core.left_out import leave_out_usual
from loraviewer.core.request import Sampling
from loraviewer.core.variants.draws import words_of
from loraviewer.core.variants.prompts import drawn_words, with_typed
from loraviewer.core.variants.wildcards import Wildcards

OPEN = "a {red|blue} girl"


def test_words_by_the_seed_beside_what_they_came_of() -> None:
    drawn = with_typed(Sampling(seed=3), OPEN)
    assert (drawn.prompt, drawn.template, drawn.typed) == (words_of(OPEN, 3).text, OPEN, OPEN)
    assert drawn_words(drawn, Wildcards()).text == drawn.prompt


def test_plain_words_to_the_letter() -> None:
    typed = with_typed(with_typed(Sampling(), OPEN), "a  girl {word}")
    assert (typed.prompt, typed.template, typed.typed) == ("a  girl {word}", "", "a  girl {word}")


def test_a_picture_gives_its_template_back_and_others_give_none() -> None:
    here = with_typed(Sampling(), OPEN)
    own = ReadPicture(source="loraviewer", prompt="a red girl", template=OPEN)
    assert restored_sampling(own, Sampling(), None).sampling.template == OPEN
    assert restored_sampling(own, Sampling(), None).sampling.prompt == "a red girl"
    foreign = ReadPicture(source="A1111", prompt="a cat")
    assert restored_sampling(foreign, here, None).sampling.typed == "a cat"
    assert restored_sampling(ReadPicture(source="A1111"), here, None).sampling == here


def test_files_tell_a_template_only_where_there_is_one() -> None:
    plain = msgspec.to_builtins(Document(sampling=Sampling(prompt="a cat")))
    leave_out_usual(plain)
    assert "template" not in plain["sampling"]
    drawn = Document(sampling=with_typed(Sampling(), OPEN))
    plain = msgspec.to_builtins(drawn)
    leave_out_usual(plain)
    assert msgspec.convert(plain, Document) == drawn
