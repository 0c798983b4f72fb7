"""`python -m tests.languages.missing de [rooms]`: what a catalogue lacks, as JSON to fill in; what
it has too much; and text that cannot be translated, with its place. rooms: "ui/strips", "core" …"""

import json
import sys
from collections.abc import Sequence

from loraviewer.core.catalogues import read_catalogues
from tests.languages.passed_over import not_sentences
from tests.languages.written import Written, sentences, unsaid


def main(language: str, rooms: Sequence[str]) -> None:
    known = read_catalogues(language)
    every = sentences()
    wanted = [one for one in every if _is_in(one, rooms)]
    lacking = dict.fromkeys(sorted({one.text for one in wanted} - known.keys()), "")
    print(json.dumps(lacking, indent=1, ensure_ascii=False))
    for text in sorted(known.keys() - {one.text for one in every}):
        print(f"not in the code any more: {text!r}")
    passed_over = not_sentences()
    for one in unsaid():
        if _is_in(one, rooms) and (one.place, one.text) not in passed_over:
            print(f"{one.place}:{one.line} cannot be translated: {one.text!r}")


def _is_in(one: Written, rooms: Sequence[str]) -> bool:
    return not rooms or one.place.startswith(tuple(rooms))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
