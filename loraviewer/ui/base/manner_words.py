"""In which manners a base can lie in memory, and what each of them costs, in words."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.core.durations import duration_text
from loraviewer.core.placement.plan import Manner, PlanOption


def manner_title(manner: Manner) -> str:
    """A few words; "" for none that anybody could choose."""
    titles: dict[Manner, str] = {
        "whole": QCoreApplication.translate("Manners", "All on the card"),
        "pinned": QCoreApplication.translate("Manners", "Base weights in main memory"),
        "text": QCoreApplication.translate("Manners", "Text encoders wait in main memory"),
        "text_vae": QCoreApplication.translate(
            "Manners", "Text encoders and VAE wait in main memory"
        ),
        "lean": QCoreApplication.translate("Manners", "Base weights read from the file again"),
        "turns": QCoreApplication.translate("Manners", "Denoiser and text encoders take turns"),
        "beside": QCoreApplication.translate("Manners", "Adapters beside the weights"),
        "streamed": QCoreApplication.translate("Manners", "Denoiser block by block"),
        "all_streamed": QCoreApplication.translate(
            "Manners", "Denoiser and text encoders block by block"
        ),
        "merged_streamed": QCoreApplication.translate(
            "Manners", "Denoiser block by block, adapters merged"
        ),
    }
    return titles.get(manner, "")


def option_words(option: PlanOption) -> str:
    """The manner, and for how long pictures and ticks of a fader wait for weights."""
    words = QCoreApplication.translate(
        "Manners", "{manner} (waiting: a picture {picture}, a tick {tick})"
    )
    return words.format(
        manner=manner_title(option.manner),
        picture=shown(duration_text(option.picture_s)),
        tick=shown(duration_text(option.tick_s)),
    )
