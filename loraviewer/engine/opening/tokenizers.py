"""Tokenizers from local files. T5's comes as `tokenizer.json` or as SentencePiece's `spiece.model`,
which is read here without that library; ChatGLM's needs it."""

import math
from pathlib import Path
from typing import Any

from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import CheckpointError, text_of
from loraviewer.core.sentences import say
from loraviewer.engine.opening.sentencepiece_models import (
    check_vocabulary,
    read_bounded,
    read_sentencepiece,
)

_T5_LENGTH = 512
_T5_SPECIALS = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
_T5_EXTRA_IDS = 100
CHATGLM = "ChatGLMTokenizer"
"""The one class that SentencePiece itself computes for (see `part_classes`)."""
_CHATGLM_FILE = "tokenizer.model"
_REWRITING = ("normalizer", "pre_tokenizer", "decoder")
_MOST_GROWTH = 1e4


def load_tokenizer(tokenizer_class: Any, folder: Path) -> Any:
    """The tokenizer of a pipeline's folder."""
    if (folder / "tokenizer.json").is_file():
        check_growth(folder / "tokenizer.json")
    is_t5 = tokenizer_class.__name__.startswith("T5Tokenizer")
    if is_t5 and not (folder / "tokenizer.json").is_file():
        return t5_tokenizer(folder)
    if tokenizer_class.__name__ == CHATGLM:
        return _chatglm_tokenizer(tokenizer_class, folder)
    if not (folder / "tokenizer.json").is_file():
        for vocabulary in sorted(folder.glob("*.model")):
            check_vocabulary(vocabulary)
    return tokenizer_class.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False
    )


def _chatglm_tokenizer(tokenizer_class: Any, folder: Path) -> Any:
    """Of a vocabulary that was looked at before the library does. Its path comes from here,
    whatever the settings beside it say."""
    path = folder / _CHATGLM_FILE
    read_sentencepiece(path)
    try:
        return tokenizer_class.from_pretrained(
            str(folder), vocab_file=str(path), local_files_only=True, trust_remote_code=False
        )
    except (RuntimeError, OSError) as error:
        raise CheckpointError(
            say("{path}: this is no SentencePiece vocabulary.", path=str(path))
        ) from error


def check_growth(path: Path) -> None:
    """Raises `CheckpointError` where the rules of a tokenizer would make a short text fill the
    memory: each may replace one letter by many."""
    try:
        table = decoded_table(read_bounded(path))
    except BadTable as problem:
        raise CheckpointError(
            say(
                "“{path}” {problem}; the folder is damaged.",
                path=str(path),
                problem=text_of(problem),
            )
        ) from problem
    left: list[Any] = [table.get(part) for part in _REWRITING]
    times = 1.0
    while left:
        rule = left.pop()
        if isinstance(rule, list):
            left.extend(rule)
        if isinstance(rule, dict):
            left.extend(value for value in rule.values() if isinstance(value, dict | list))
            times *= _growth(rule)
    if times > _MOST_GROWTH:
        raise CheckpointError(
            say("{path}: its rules would blow every text up; the file is damaged.", path=str(path))
        )


def _growth(rule: dict[str, Any]) -> float:
    pattern, content = rule.get("pattern"), rule.get("content")
    if not isinstance(pattern, dict) or not isinstance(content, str):
        return 1.0
    found = pattern.get("String", "?")
    return max(1.0, len(content) / len(found)) if found else math.inf


def t5_tokenizer(folder: Path) -> Any:
    """T5's tokenizer from `tokenizer.json` or `spiece.model` in a folder; `CheckpointError` for
    files that are neither."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    if (folder / "tokenizer.json").is_file():
        check_growth(folder / "tokenizer.json")
        tokenizer = Tokenizer.from_buffer(read_bounded(folder / "tokenizer.json"))
    else:
        tokenizer = _from_sentencepiece(folder / "spiece.model")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=_T5_LENGTH, **_T5_SPECIALS
    )


def _from_sentencepiece(path: Path) -> Any:
    """A unigram model as T5 uses it: words apart, each begun by “▁”, “</s>” at the end."""
    from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    pieces, charsmap = read_sentencepiece(path)
    names = [name for name, _ in pieces]
    if any(name not in names for name in _T5_SPECIALS.values()):
        raise CheckpointError(say("{path}: this is not the vocabulary of T5.", path=str(path)))
    tokenizer = Tokenizer(Unigram(pieces, names.index("<unk>"), byte_fallback=False))
    if charsmap:
        tokenizer.normalizer = normalizers.Precompiled(charsmap)  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # type: ignore[assignment]
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]  # “▁” before every word
    )
    tokenizer.decoder = decoders.Metaspace()  # type: ignore[assignment]
    tokenizer.add_special_tokens(list(_T5_SPECIALS.values()))
    tokenizer.add_special_tokens([f"<extra_id_{i}>" for i in reversed(range(_T5_EXTRA_IDS))])
    end = ("</s>", names.index("</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[end]
    )
    return tokenizer
