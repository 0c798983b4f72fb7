"""What is said of adapters and bases, in German: known sentences, with what files call things."""

import json
from pathlib import Path

import pytest
import torch

from loraviewer.adapters.inspection.inspect import verdict
from loraviewer.adapters.load import load_adapter, summarise
from loraviewer.adapters.recognition.prediction_beside import prediction_beside
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.catalogues import read_catalogues
from loraviewer.core.outcome import AdapterError, CheckpointError, LoraviewerError, RequestError
from loraviewer.core.reports import AdapterReport
from loraviewer.core.sentences import Sentence
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.pipeline_index import read_index
from tests.adapters.toys import toy_components, write_lora

TABLE = read_catalogues("de")
INDEX = TargetIndex.of(toy_components())


def german(text: str) -> str:
    assert isinstance(text, Sentence), text
    return text.said_by(lambda pattern: TABLE.get(pattern, ""))


def factors(module: str, width: int = 8, rank: int = 4) -> dict[str, torch.Tensor]:
    return {
        f"{module}.lora_A.weight": torch.ones(rank, width),
        f"{module}.lora_B.weight": torch.ones(24, rank),
    }


def refusal(path: Path) -> str:
    with pytest.raises(LoraviewerError) as refused:
        summarise(path)
    return german(refused.value.message)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "ist leer; noch einmal herunterladen oder exportieren."),
        (b"PK\x03\x04" * 40, "ist ein Pickle, das beim Öffnen Code ausführen kann; in safetensors "
         "umwandeln und das öffnen."),
        (b"\x00\x10\x00\x00\x00\x00\x00\x00{}", "ist beschädigt: der Kopf ist länger als die "
         "Datei; sie ist abgeschnitten oder keine safetensors-Datei. Die Datei noch einmal "
         "herunterladen oder exportieren."),
        (b'\x0a\x00\x00\x00\x00\x00\x00\x00{"a": 3}  ', "ist beschädigt: Tensor „a“ hat kein "
         "einfaches dtype, shape und data_offsets. Die Datei noch einmal herunterladen oder "
         "exportieren."),
    ],
)  # fmt: skip
def test_a_refused_file(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "odd.safetensors"
    path.write_bytes(content)
    assert refusal(path) == f"„{path}“ {told}"


def test_a_file_without_adapter(tmp_path: Path) -> None:
    path = write_lora(tmp_path / "a.safetensors", {"what.is.this": torch.ones(2)})
    assert refusal(path) == (
        f"„{path}“ enthält keinen Adapter; die Tensoren heißen etwa „what.is.this“."
    )


def test_doubts_on_the_card(tmp_path: Path) -> None:
    names = factors("base_model.model.unet.inner.0")
    summary = summarise(write_lora(tmp_path / "a.safetensors", names))
    assert german(summary.scaling) == (
        "nirgends ein Alpha, seine Faktoren zählen also, wie sie sind (×1)"
    )
    assert [german(doubt) for doubt in summary.doubts] == [
        "PEFT hat ihn gespeichert, und seine adapter_config.json fehlt: 1 Modul zählt, wie es ist "
        "(×1), und so wurde er nur trainiert, wenn Alpha der Rang war; diese Datei danebenlegen."
    ]


def test_two_places_that_differ(tmp_path: Path) -> None:
    metadata = {"lora_alpha": "16", "use_rslora": "true", "network_alpha": "x8"}
    (tmp_path / "adapter_config.json").write_text(json.dumps({"lora_alpha": 2}))
    path = write_lora(tmp_path / "a.safetensors", factors("unet.inner.0"), metadata)
    summary = summarise(path)
    assert german(summary.scaling) == "Alpha 16, rangstabilisiert aus dem Dateikopf"
    assert [german(doubt) for doubt in summary.doubts] == [
        "Laut dem Dateikopf gilt alpha 16, und das zählt; laut adapter_config.json daneben wäre "
        "es 2.",
        "Seine Konfiguration sagt alpha „x8“ (erwartet: Zahl); das zählt nicht.",
    ]


def test_doubts_from_strangers_stay_plain_and_short(tmp_path: Path) -> None:
    metadata = {"unet.lora_alpha": "16", "init_lora_weights": "<b>odd\u202e</b>\nway" + "y" * 90}
    path = write_lora(tmp_path / "a.safetensors", factors("unet.inner.0"), metadata)
    told = [german(doubt) for doubt in summarise(path).doubts]
    assert len(told) == 1
    assert told[0].startswith("Seine Faktoren beginnen auf unbekannte Art (init_lora_weights „odd")
    assert told[0].isprintable()
    assert "<" not in told[0]


def test_evidence_for_a_family(tmp_path: Path) -> None:
    module = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    tensors = {
        f"{module}.lora_down.weight": torch.ones(4, 2048),
        f"{module}.lora_up.weight": torch.ones(640, 4),
    }
    metadata = {"ss_base_model_version": "sd_v1"}
    summary = summarise(write_lora(tmp_path / "a.safetensors", tensors, metadata))
    told = [german(one) for one in summary.evidence]
    assert told[0] == "seine Cross-Attention liest 2048 Werte, wie die von SDXL"
    assert told[-1] == "aber seine Metadaten sagen „sd_v1“"


def test_what_lands_in_a_base() -> None:
    report = AdapterReport(sha256="", matched=("a",), shape_mismatch=("b", "c"))
    assert german(verdict(report, (), "")) == (
        "Passt nicht: 1 von 3 Modulen untergebracht; 2 von anderer Form."
    )


def test_why_a_module_does_not_fit(tmp_path: Path) -> None:
    tensors = factors("unet.inner.0") | factors("unet.inner.0", width=9)
    with pytest.raises(AdapterError) as refused:
        load_adapter(write_lora(tmp_path / "a.safetensors", tensors), INDEX)
    assert german(refused.value.message) == (
        f"„{tmp_path / 'a.safetensors'}“ passt nirgends in die geladene Basis; „unet.inner.0“: es "
        "ändert 24×9 Zahlen, die Basis hat 24×8."
    )


def test_what_lies_beside_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[1, 2")
    assert german(prediction_beside(tmp_path / "a.safetensors").problem) == (
        f"„{tmp_path / 'a.yaml'}“ ist kein YAML-Text; was der Checkpoint vorhersagt, wird ihm "
        "allein entnommen."
    )


def test_a_folder_that_is_no_base(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as refused:
        read_index(tmp_path)
    assert german(refused.value.message) == (
        f"{tmp_path}: Das ist kein diffusers-Ordner (ohne model_index.json)."
    )


def test_a_choice_that_there_is_not() -> None:
    with pytest.raises(RequestError) as refused:
        choose_compute("cpu", "float4")
    assert german(refused.value.message).startswith("Die Genauigkeit „float4“ gibt es nicht")
