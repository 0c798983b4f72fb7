"""The language of the window: Qt's own sentences, those in `tr`, and those that come from below.

GUI thread only.
"""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from loraviewer.core.catalogues import known_languages, read_catalogues
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import Sentence, with_mark

AS_SYSTEM = "system"
ENGLISH = "en"


class CatalogueTranslator(QTranslator):
    """Answers `tr` from a table; the same words mean the same in every class."""

    def __init__(self, table: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table

    def isEmpty(self) -> bool:
        return not self._table

    def translate(
        self,
        context: str,
        sourceText: str,  # noqa: N803 - Qt's name
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride] - Qt's null string
        """None where the catalogue has nothing: Qt then asks others, and shows the English."""
        return self._table.get(sourceText)


def shown(text: str) -> str:
    """As the window writes it: a sentence from below in the window's language, other text as it
    is. For every text that comes from the core, adapters, engine, lab or library."""
    return _said(text, QLocale().decimalPoint()) if isinstance(text, Sentence) else text


def copied(text: str) -> str:
    """As `shown`, with decimal points: for texts that other programs read."""
    return _said(text, ".") if isinstance(text, Sentence) else text


def _said(text: Sentence, mark: str) -> str:
    return text.said_by(_translated, mark)


def figures(text: str) -> str:
    """A number that comes from below, with its unit, by the decimal mark of the window's language;
    digits are never grouped. Not for text that names of files or blocks may be in."""
    return with_mark(shown(text), QLocale().decimalPoint())


def _translated(pattern: str) -> str:
    return QCoreApplication.translate("Sentence", pattern)


def language_of(asked: str) -> str:
    """asked: a code, or "system"; English where there is no catalogue for it."""
    code = QLocale.system().name().split("_")[0] if asked == AS_SYSTEM else asked
    return code if code in known_languages() else ENGLISH


def language_names() -> list[tuple[str, str]]:
    """Codes, and what each language calls itself."""
    others = [(code, QLocale(code).nativeLanguageName()) for code in known_languages()]
    return [(ENGLISH, "English"), *others]


class WindowLanguage:
    """Translators of an application, to be made before its first widget: what is shown by then
    stays as it is. `complaint`: "" for none; with a damaged catalogue the window is English."""

    def __init__(self, application: QCoreApplication, asked: str) -> None:
        """asked: a code as "de", or "system"."""
        self._application = application
        self._translators: list[QTranslator] = []
        self._before = QLocale()
        self.complaint = ""
        self.code = language_of(asked)
        if self.code != ENGLISH:
            self._install()
        # Also in English: the desktop's decimal mark would stand in English sentences else.
        QLocale.setDefault(QLocale(self.code))

    def _install(self) -> None:
        try:
            table = read_catalogues(self.code)
        except FileError as error:
            self.complaint = error.message
            self.code = ENGLISH
            return
        qt = QTranslator(self._application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        found = [qt] if qt.load(f"qtbase_{self.code}", folder) else []
        self._translators = [*found, CatalogueTranslator(table, self._application)]
        for translator in self._translators:
            self._application.installTranslator(translator)

    def close(self) -> None:
        """The application speaks as before."""
        for translator in self._translators:
            self._application.removeTranslator(translator)
        QLocale.setDefault(self._before)
        self._translators = []
