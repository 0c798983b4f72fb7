"""What is known of bases before they are loaded: whether and how they fit into memory."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure
from loraviewer.core.placement.asking import PlanBase, PlanWish
from loraviewer.core.placement.plan import LoadPlan, PlanOption
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
        self._plans: dict[str, LoadPlan] = {}

    @property
    def can_plan(self) -> bool:
        return self._plan_base is not None

    def sentence(self, source: str) -> str:
        """How a base fits; "" where nothing is known of it."""
        plan = self._plans.get(source)
        return plan.sentence if plan is not None else ""

    def options(self, source: str) -> tuple[PlanOption, ...]:
        """The manners in which a base could lie, the fastest first; () where nothing is known."""
        plan = self._plans.get(source)
        return plan.options if plan is not None else ()

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
            manner=settings.base_manners.get(source, ""),
            adapters=settings.merge_mode,
        )

    def _keep(self, source: str, plan: LoadPlan | None) -> None:
        self._plans.pop(source, None)
        if plan is not None:
            self._plans[source] = plan
        while len(self._plans) > _MOST_KNOWN:
            del self._plans[next(iter(self._plans))]
        self.changed.emit(source)
