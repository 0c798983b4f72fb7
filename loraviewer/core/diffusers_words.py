"""Weighted prompts in a script for diffusers: the words with their weights, and the lines that make
embeddings of them as they are made here."""

from collections.abc import Sequence

from loraviewer.core.prompt_weights import MOST_CHUNKS, has_syntax, weighted_sections
from loraviewer.core.request import Sampling
from loraviewer.core.unread import PromptReader

_FAMILIES = ("demo", "sd1", "sd2", "sdxl", "sdxl-refiner")
_SURELY_SHORT = 20
"""Bytes that no base of these families takes more than one chunk for."""

_UNSAID = """\
# diffusers reads weights of words as letters; in the picture the CLIP encoders of SD 3 read them.
"""

_LINES = '''\
# Words with their weights, as A1111 reads them: lists are parts between BREAKs.
prompt = {prompt!r}
negative_prompt = {negative!r}


def chunks_of(sections):
    """As many tokens as the text encoders take; a phrase behind a near comma is not torn."""
    tokenizer = pipeline.tokenizer or pipeline.tokenizer_2
    size = tokenizer.model_max_length - 2
    comma = tokenizer(",", add_special_tokens=False).input_ids
    chunks = []
    for section in sections:
        chunk = []
        for text, weight in section:
            for token in tokenizer(text, add_special_tokens=False, verbose=False).input_ids:
                if len(chunk) == size:
                    commas = [at for at, (one, _) in enumerate(chunk) if [one] == comma]
                    is_near = commas and size - commas[-1] <= 20 and [token] != comma
                    kept = commas[-1] + 1 if is_near else size
                    chunks.append(chunk[:kept])
                    chunk = chunk[kept:]
                chunk.append((token, weight))
        chunks.append(chunk)
    return (chunks[:-1] if len(chunks) > 1 and not chunks[-1] else chunks)[:{most}]


def encoded(chunk):
    """The chunk's embeddings, each times its weight, with the mean put back; and what is pooled."""
    is_xl = hasattr(pipeline, "text_encoder_2")
    sequences, pooled = [], None
    for name in ("", "_2"):
        tokenizer = getattr(pipeline, "tokenizer" + name, None)
        encoder = getattr(pipeline, "text_encoder" + name, None)
        if encoder is None:
            continue
        tokens = [tokenizer.bos_token_id, *(token for token, _ in chunk), tokenizer.eos_token_id]
        unused = tokenizer.model_max_length - len(tokens)
        given = torch.tensor([tokens + [tokenizer.pad_token_id] * unused], device=encoder.device)
        mask = torch.tensor([[1] * len(tokens) + [0] * unused], device=encoder.device)
        is_masked = getattr(encoder.config, "use_attention_mask", False)
        with torch.no_grad():
            output = encoder(
                given, attention_mask=mask if is_masked else None, output_hidden_states=is_xl
            )
        if is_xl and pooled is None and output[0].ndim == 2:
            pooled = output[0]
        sequence = output.hidden_states[-2] if is_xl else output[0]
        weights = torch.ones(sequence.shape[1], device=sequence.device)
        weights[1 : 1 + len(chunk)] = torch.tensor([weight for _, weight in chunk])
        if (weights != 1).any():
            plain = sequence.float()
            weighed = plain * weights[:, None]
            before, after = plain.double().mean(), weighed.double().mean()
            restoring = float(before / after) if after else 0.0
            low, high = 1 / (1.5 * float(weights.max())), 1.5 / max(float(weights.min()), 0.1)
            is_sound = abs(before) >= 1e-4 * plain.std() and low <= restoring <= high
            sequence = (weighed * (restoring if is_sound else 1.0)).to(sequence.dtype)
        sequences.append(sequence)
    return torch.cat(sequences, dim=-1), pooled


def embeddings(sections, count):
    """Of so many chunks."""
    chunks = chunks_of(sections)[:count]
    made = [encoded(chunk) for chunk in chunks + [[]] * (count - len(chunks))]
    return torch.cat([sequence for sequence, _ in made], dim=1), made[0][1]


count = max(len(chunks_of(sections)) for sections in {counted})
embeds, pooled = embeddings(prompt, count)
negative_embeds, negative_pooled = embeddings(negative_prompt, count)
{zeros}words = {{"prompt_embeds": embeds, "negative_prompt_embeds": negative_embeds}}
if pooled is not None:
    words |= {{"pooled_prompt_embeds": pooled, "negative_pooled_prompt_embeds": negative_pooled}}

'''
_ZEROS = """\
if pooled is not None and pipeline.config.force_zeros_for_empty_prompt:
    negative_embeds, negative_pooled = negative_embeds * 0, negative_pooled * 0
"""


def unsaid_weights(sampling: Sampling, family: str) -> str:
    """A comment where the script's prompts say less than was read: SD 3's CLIP encoders had
    weights, T5 the bare words."""
    prompts = (sampling.prompt, sampling.negative_prompt)
    is_read = sampling.words == "weighted" and family == "sd3"
    return _UNSAID if is_read and any(map(has_syntax, prompts)) else ""


def needs_lines(sampling: Sampling, family: str, reader: PromptReader | None) -> bool:
    """Whether diffusers would read the words otherwise. reader: of the base, None if it is not
    loaded."""
    if sampling.words == "plain" or family not in _FAMILIES:
        return False
    prompts = (sampling.prompt, sampling.negative_prompt)
    return any(has_syntax(one) or _is_long(one, reader) for one in prompts)


def _is_long(prompt: str, reader: PromptReader | None) -> bool:
    count = reader.count(prompt, "weighted") if reader is not None else None
    if count is None:
        return len(prompt.encode("utf-8", "replace")) > _SURELY_SHORT
    return count.chunks > 1


def word_lines(sampling: Sampling) -> str:
    """Of a script that has torch and a pipeline with its adapters; they leave `words`, arguments of
    the call."""
    is_guided = sampling.guidance_scale > 1
    return _LINES.format(
        prompt=_plain(sampling.prompt),
        negative=_plain(sampling.negative_prompt),
        most=MOST_CHUNKS,
        counted="(prompt, negative_prompt)" if is_guided else "(prompt,)",
        zeros="" if sampling.negative_prompt else _ZEROS,
    )


def _plain(prompt: str) -> Sequence[Sequence[tuple[str, float]]]:
    return [[(part.text, part.weight) for part in section] for section in weighted_sections(prompt)]
