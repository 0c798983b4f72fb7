"""What is known of bases before they are loaded: whether and how they fit into memory."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure
from loraviewer.core.placement.asking import PlanBase, PlanWish
from loraviewer.core.placement.plan import LoadPlan
from loraviewer.core.reports import CheckpointInfo

_MOST_KNOWN = 64


class BasePlans(QObject):
    """Asks in the background, and remembers what was said in this run. GUI thread only."""

    changed = Signal(str)  # source

    def __init__(
        self,
        settings: SettingsModel,
        tasks: BackgroundTasks,
        plan_base: PlanBase | None,
        parent: QObject | None = None,
    ) -> None:
        """plan_base: None where nothing is planned."""
        super().__init__(parent)
        self._settings = settings
        self._tasks = tasks
        self._plan_base = plan_base
        self._sentences: dict[str, str] = {}

    @property
    def can_plan(self) -> bool:
        return self._plan_base is not None

    def sentence(self, source: str) -> str:
        """How a base fits; "" where nothing is known of it."""
        return self._sentences.get(source, "")

    def forget(self, source: str) -> None:
        """What was said of a base that is to be opened in another way."""
        self._sentences.pop(source, None)

    def ask(
        self, source: str, loaded: CheckpointInfo | None, receive: Callable[[LoadPlan | None], None]
    ) -> None:
        """What the headers of `source` say; None where nothing can be said, and where it cannot be
        opened: the engine says why. loaded: the base that is there, whose device is known."""
        plan_base, wish = self._plan_base, self._wish(source, loaded)
        if plan_base is None:
            receive(None)
            return

        def told(found: LoadPlan | Failure | None) -> None:
            plan = found if isinstance(found, LoadPlan) else None
            self._keep(source, plan)
            receive(plan)

        self._tasks.run(lambda: plan_base(wish), told)

    def _wish(self, source: str, loaded: CheckpointInfo | None) -> PlanWish:
        settings = self._settings.settings
        return PlanWish(
            source=source,
            components=settings.components_folder,
            device=loaded.device if loaded else settings.device,
            card_bytes=loaded.card_bytes if loaded else 0,
            dtype=settings.dtype or None,
            packing=settings.packing_of(source),
        )

    def _keep(self, source: str, plan: LoadPlan | None) -> None:
        self._sentences.pop(source, None)
        if plan is not None:
            self._sentences[source] = plan.sentence
        while len(self._sentences) > _MOST_KNOWN:
            del self._sentences[next(iter(self._sentences))]
        self.changed.emit(source)
