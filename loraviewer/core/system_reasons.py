"""Why the system refused something, in its own words, which can be said in other languages."""

from collections.abc import Mapping

from loraviewer.core.sentences import say

_KNOWN: Mapping[str, str] = {
    said: said
    for said in (
        say("No such file or directory"),
        say("Permission denied"),
        say("Operation not permitted"),
        say("No space left on device"),
        say("Disk quota exceeded"),
        say("Read-only file system"),
        say("Is a directory"),
        say("Not a directory"),
        say("File exists"),
        say("File name too long"),
        say("Input/output error"),
        say("Too many open files"),
        say("Stale file handle"),
        say("Transport endpoint is not connected"),
        say("Too many levels of symbolic links"),
        say("Connection timed out"),
    )
}


def reason_of(error: OSError) -> str:
    """Part of a sentence, without a full stop."""
    said = error.strerror or str(error)
    return _KNOWN.get(said, said)
