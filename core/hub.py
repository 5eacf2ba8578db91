"""Other people's Marian models from the Hugging Face hub, by name: an option for whoever is online.

Nothing here runs unless somebody asks for it. The gallery starts with `HF_HUB_OFFLINE=1`; then only what an earlier
visit left on the disk can be loaded.
"""

import re
import threading
import time
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import huggingface_hub
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from tqdm.auto import tqdm
from transformers import AutoConfig, MarianTokenizer

from core.complaint import Complaint
from core.models.transformer import MarianTranslator, from_folder
from core.subwords import SPECIAL, START, Subwords
from core.translators import Interpreter

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
NEEDED = ("config.json", "generation_config.json", "vocab.json", "target_vocab.json", "source.spm", "target.spm")
"""What a Marian model consists of besides its weights and `tokenizer_config.json`."""
LARGEST = 1_500_000_000
"""Bytes that are downloaded at most."""


class Elsewhere(Subwords):
    """The pieces of a model from elsewhere, numbered as everything here expects: padding, end, start, and the rest.

    `theirs`: for each of our numbers the number that the model knows it by.
    """

    def __init__(self, tokenizer: MarianTokenizer, start: int):
        self.foreign = tokenizer
        special = [tokenizer.pad_token_id, tokenizer.eos_token_id]
        rest = [number for number in range(len(tokenizer)) if number not in special]
        self.theirs = torch.tensor([*special, start, *rest])
        self.ours = {number: ours for ours, number in enumerate(self.theirs.tolist()) if ours != START}

    def __len__(self) -> int:
        return len(self.theirs)

    def encode(self, text: str) -> list[int]:
        """Piece numbers of a normalised text, without end sign."""
        return [self.ours[number] for number in self.foreign.encode(text, add_special_tokens=False)]

    def decode(self, pieces: list[int]) -> str:
        """The text of pieces."""
        return self.spans([piece for piece in pieces if piece >= len(SPECIAL)])[0]

    def piece(self, number: int) -> str:
        """How a piece is written."""
        return (
            SPECIAL[number] if number < len(SPECIAL) else self.foreign.convert_ids_to_tokens(int(self.theirs[number]))
        )


def checked(name: object) -> str:
    """A name that can only be one of the hub: "owner/model".

    Raises:
        Complaint: anything else, paths among them.
    """
    if isinstance(name, str) and NAME.fullmatch(name.strip()) and ".." not in name:
        return name.strip()
    raise Complaint(
        "Give the model as owner/name, for example Helsinki-NLP/opus-mt-en-fr.",
        "请按“拥有者/名称”填写模型，例如 Helsinki-NLP/opus-mt-en-fr。",
    )


def stranger(name: str) -> Complaint:
    """What is said of a model of another kind."""
    return Complaint(f"{name} is not a Marian model.", f"{name} 不是 Marian 模型。")


def on_disk(name: str) -> Path | None:
    """The folder of a model that was downloaded before."""
    try:
        return Path(huggingface_hub.snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, OSError):
        return None


class Meter(tqdm):
    """A progress bar that shows nothing and can be read."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs["disable"] = False
        kwargs.pop("name", None)
        super().__init__(*args, **kwargs)
        if kwargs.get("unit") == "B":
            Meter.latest = self

    latest: "Meter | None" = None

    def display(self, *_: Any, **__: Any) -> None:
        """Nothing on the terminal."""


def fetch(name: str) -> Iterator[tuple[int, int]]:
    """Downloads a model. Yields bytes that have come and bytes in all, five times a second, until it is on the disk.

    Raises:
        Complaint: offline, no such model, not a Marian model, or too large.
    """
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        raise Complaint(
            f"This gallery runs offline, so {name} cannot be fetched. Start it with HF_HUB_OFFLINE=0 to allow that.",
            f"展馆正在离线运行，无法下载 {name}。要允许下载，请用 HF_HUB_OFFLINE=0 启动。",
        )
    try:
        found = huggingface_hub.HfApi().model_info(name, files_metadata=True, timeout=15)
    except Exception as error:  # of whatever library carries the request
        raise Complaint(
            f"The hub does not answer for {name}: no such model, or no connection.",
            f"模型库没有回应 {name}：没有这个模型，或没有网络连接。",
        ) from error
    sizes = {file.rfilename: file.size or 0 for file in found.siblings}
    weights = "model.safetensors" if "model.safetensors" in sizes else "pytorch_model.bin"
    wanted = [file for file in (*NEEDED, "tokenizer_config.json", weights) if file in sizes]
    total = sum(sizes[file] for file in wanted)
    if "source.spm" not in sizes or weights not in sizes:
        raise stranger(name)
    if total > LARGEST:
        raise Complaint(
            f"{name} has {total / 1e6:,.0f} MB; at most {LARGEST / 1e6:,.0f} are fetched.",
            f"{name} 有 {total / 1e6:,.0f} MB，最多下载 {LARGEST / 1e6:,.0f} MB。",
        )
    failed: list[Exception] = []

    def work() -> None:
        try:
            huggingface_hub.snapshot_download(name, allow_patterns=wanted, tqdm_class=Meter)
        except Exception as error:  # told by the generator below
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        yield min(total, int(Meter.latest.n) if Meter.latest else 0), total
        time.sleep(0.2)
    if failed:
        raise Complaint(
            f"Fetching {name} broke off: {type(failed[0]).__name__}. Try again; what has come is kept.",
            f"下载 {name} 中断：{type(failed[0]).__name__}。请重试，已下载的部分会保留。",
        ) from failed[0]
    yield total, total


@lru_cache(maxsize=1)
def load(folder: Path, name: str) -> Interpreter:
    """The translator in a folder of the hub's form.

    Raises:
        Complaint: it is not a Marian model.
    """
    try:
        if AutoConfig.from_pretrained(folder, local_files_only=True).model_type != "marian":
            raise ValueError("another architecture")
        model = from_folder(folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it misses sacremoses, whose work core/typography.py does
            tokenizer = MarianTokenizer.from_pretrained(folder, local_files_only=True)
    except (ValueError, OSError, KeyError) as error:
        raise stranger(name) from error
    pieces = Elsewhere(tokenizer, model.config.decoder_start_token_id)
    languages = (tokenizer.source_lang or "en", tokenizer.target_lang or "fr")
    return Interpreter(name, *languages, pieces, MarianTranslator(model, pieces.theirs))
