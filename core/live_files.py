"""A visitor's own character model as a file: safetensors, with its shape, alphabet and loss curve as metadata."""

import json
from dataclasses import asdict

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from core.complaint import Complaint
from core.live_training import CELLS, HIDDEN, LAYERS, MAX_CURVE, MAX_VOCABULARY, Trained, fresh
from core.models.char_rnn import Config
from core.text import Vocabulary

MAX_FILE = 10_000_000
"""Bytes; the largest network that can be trained here has 6.2 MB."""
EMBED = (64, 128)
NOT_OURS = ("This file is not a network saved here", "这个文件不是在这里保存的网络")


def export(trained: Trained) -> bytes:
    """The model as it reads and writes (float32). The text it has learned from stays out."""
    note = {
        "config": json.dumps(asdict(trained.model.config)),
        "vocabulary": trained.vocabulary.chars,
        "curve": json.dumps(trained.curve),
        "training": json.dumps([trained.steps, trained.seconds]),
    }
    return save({key: value.contiguous() for key, value in trained.model.state_dict().items()}, note)


def refuse(en: str, zh: str) -> Complaint:
    """The sentence for a file that is not one of ours, with the reason."""
    return Complaint(f"{NOT_OURS[0]}: {en}.", f"{NOT_OURS[1]}：{zh}。")


def restore(data: bytes) -> Trained:
    """The model of a file. Nothing in the file is ever executed, and nothing of a size that `prepare` would not allow
    is built.

    Raises:
        Complaint: too large, not safetensors, or not exactly what `export` writes.
    """
    if len(data) > MAX_FILE:
        raise refuse(
            f"it has {len(data):,} bytes, at most {MAX_FILE:,} are possible", f"它有 {len(data):,} 字节，太大了"
        )
    try:
        tensors = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        note = header["__metadata__"]
        config = Config(**json.loads(note["config"]))
        curve, (steps, seconds) = json.loads(note["curve"]), json.loads(note["training"])
        vocabulary = Vocabulary(note["vocabulary"])
    except (SafetensorError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise refuse("it is damaged, or another program made it", "文件已损坏，或由其他程序生成") from error
    check_shape(config, vocabulary)
    check_history(curve, steps, seconds)
    if not all(value.dtype == torch.float32 and value.isfinite().all() for value in tensors.values()):
        raise refuse("its weights are not all finite float32 numbers", "权重不全是有限的 float32 数")
    try:
        trained = fresh(config, vocabulary, torch.zeros(0, dtype=torch.long), 1, tensors)
    except RuntimeError as error:
        raise refuse("its weights do not fit its shape", "权重与结构不符") from error
    trained.curve, trained.steps, trained.seconds = [tuple(row) for row in curve], steps, float(seconds)
    return trained


def check_shape(config: Config, vocabulary: Vocabulary) -> None:
    """Raises Complaint for a shape that cannot be trained here."""
    sizes = (config.vocab, config.hidden, config.layers, config.embed)
    possible = (
        all(type(size) is int for size in sizes)
        and 2 <= config.vocab <= MAX_VOCABULARY
        and config.hidden in HIDDEN
        and config.layers in LAYERS
        and config.embed in EMBED
        and config.cell in CELLS
        and type(config.tied) is bool
        and (config.dropout, config.recurrent_dropout) == (0, 0)
    )
    if not possible or len(vocabulary) != config.vocab:
        raise refuse("its shape is not one that can be trained here", "它的结构不是这里能训练的")


def check_history(curve: object, steps: object, seconds: object) -> None:
    """Raises Complaint for a loss curve that is not one."""

    def is_number(value: object) -> bool:
        # compared, not converted: JSON may hold an int too large for a float
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12

    fine = (
        type(steps) is int
        and is_number(steps)
        and is_number(seconds)
        and isinstance(curve, list)
        and len(curve) <= MAX_CURVE
    )
    fine = fine and all(
        isinstance(row, list)
        and len(row) == 4
        and all(map(is_number, row[:3]))
        and (row[3] is None or is_number(row[3]))
        for row in curve
    )
    if not fine:
        raise refuse("its loss curve makes no sense", "它的损失曲线不合理")
