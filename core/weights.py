"""The only reader and writer of weight files.

Every file is safetensors and has one entry in `weights/manifest.json`, the single source of truth about it. A file
is read only if its size and SHA-256 are those of the entry, so what runs is what was measured.
"""

import hashlib
import json
import struct
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from core.complaint import Complaint

FOLDER = Path(__file__).resolve().parents[1] / "weights"
LIMIT = 10_000_000
"""Bytes a weight file may have at most; the largest plain upload of many hosts."""
SMALLEST = 2.0**-24
"""The smallest positive number that fp16 knows."""


class WeightsError(Complaint):
    """A weight file that is missing, damaged or not what the manifest says. Names the file and its recipe."""


def manifest(folder: Path = FOLDER) -> dict[str, dict]:
    """All entries: file name -> entry. An unreadable manifest is a fault of the installation, so it raises."""
    path = folder / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def check(name: str, folder: Path = FOLDER) -> dict:
    """Entry of a file that is there with the right size. Cheap: does not read the file.

    Raises:
        WeightsError: no entry, no file, or another size.
    """
    entry = manifest(folder).get(name)
    if entry is None:
        raise WeightsError(f"weights/{name} is not in the manifest.", f"清单 manifest.json 里没有 weights/{name}。")
    path = folder / name
    if not path.is_file():
        raise _error(name, entry, "is missing", "不存在")
    for other in entry.get("companions", {}):
        if not (folder / other).is_file():
            raise _error(other, entry, "is missing", "不存在")
    if path.stat().st_size != entry["size"]:
        raise _error(
            name,
            entry,
            f"has {path.stat().st_size:,} bytes instead of {entry['size']:,}",
            f"有 {path.stat().st_size:,} 字节，应为 {entry['size']:,} 字节",
        )
    return entry


def intact(name: str, folder: Path = FOLDER) -> dict:
    """Entry of a file whose every byte, and every byte of its companions, is as recorded. Reads them, once for each
    state of the disk.

    Raises:
        WeightsError: whatever `check` finds, or another SHA-256.
    """
    entry = check(name, folder)
    for other, recorded in {name: entry["sha256"], **entry.get("companions", {})}.items():
        state = (folder / other).stat()
        if _digest(folder / other, state.st_size, state.st_mtime_ns) != recorded:
            raise _damaged(other, entry)
    return entry


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, changed: int) -> str:
    """SHA-256 of a file that had this size and was changed at this moment."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(name: str, folder: Path = FOLDER) -> tuple[dict[str, Tensor], dict]:
    """Tensors (float32 where stored as floats) and entry of one file.

    Raises:
        WeightsError: whatever `check` finds, another SHA-256, or content that is not safetensors (pickle included).
    """
    entry = check(name, folder)
    data = (folder / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise _damaged(name, entry)
    try:
        tensors = load(data)
    except (SafetensorError, struct.error, ValueError) as error:
        raise _error(name, entry, "is not a safetensors file", "不是 safetensors 文件") from error
    return unpacked(
        {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
    ), entry


def companion(name: str, other: str, folder: Path = FOLDER) -> str:
    """Text of a file that belongs to a weight file, such as its tokenizer.

    Raises:
        WeightsError: `other` is missing, another than recorded, or does not belong to the weight file `name`.
    """
    entry = check(name, folder)
    recorded = entry.get("companions", {}).get(other)
    data = (folder / other).read_bytes() if recorded else b""
    if hashlib.sha256(data).hexdigest() != recorded:
        raise _damaged(other, entry)
    return data.decode("utf-8")


def fill(model: torch.nn.Module, tensors: dict[str, Tensor], name: str) -> torch.nn.Module:
    """Puts `tensors` into `model`, strictly, and makes it read-only (eval mode, no gradients).

    Raises:
        WeightsError: a key is missing, left over or of another shape.
    """
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise _error(
            name, manifest().get(name, {}), f"does not fit its network ({reason})", "与网络结构不符"
        ) from error
    return model.eval().requires_grad_(False)


def write(
    name: str, tensors: dict[str, Tensor], entry: dict, folder: Path = FOLDER, companions: dict[str, str] | None = None
) -> None:
    """Writes a file and its entry: floats as fp16, what is `packed` as it is. `size`, `sha256`, `numbers` and
    `companions` are filled in here.

    `companions`: name -> text of files that belong to it; several weight files may share one.

    Raises:
        ValueError: not finite in fp16, or larger than LIMIT.
    """
    halves = {
        key: (value.half() if value.is_floating_point() else value).contiguous() for key, value in tensors.items()
    }
    for key, value in halves.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise ValueError(f"{name}: {key} is not finite in fp16")
    data = save(halves, {"format": "pt"})  # `transformers` insists on being told
    if len(data) > LIMIT:
        raise ValueError(f"{name} would have {len(data):,} bytes, more than {LIMIT:,}")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    for other, text in (companions or {}).items():
        (folder / other).write_text(text, encoding="utf-8")
    entries = manifest(folder)
    entries[name] = entry | {
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "numbers": sum(value.numel() for value in halves.values()),
    }
    if companions:
        entries[name]["companions"] = {
            other: hashlib.sha256(text.encode("utf-8")).hexdigest() for other, text in companions.items()
        }
    text = json.dumps(dict(sorted(entries.items())), ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def packed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights in one byte each, for networks that only show something: every row (the numbers that make one output) as
    integers from -127 to 127, with one number for its scale, which fp16 holds exactly."""
    out = {}
    for key, value in tensors.items():
        rows = value.float().flatten(1) if value.dim() > 1 else value.float()[None]
        scale = (rows.abs().amax(1) / 127).half().float().clamp_min(SMALLEST)
        out[key] = (rows / scale[:, None]).round().clamp(-127, 127).to(torch.int8).view(value.shape)
        out[f"{key}.scale"] = scale
    return out


def unpacked(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """What was `packed`, about as it was; other weights pass through."""
    small = {key for key, value in tensors.items() if value.dtype == torch.int8 and f"{key}.scale" in tensors}
    scales, out = {f"{key}.scale" for key in small}, {}
    for key, value in tensors.items():
        if key in small:
            scale = tensors[f"{key}.scale"]
            out[key] = value.float() * (scale.view(-1, *[1] * (value.dim() - 1)) if value.dim() > 1 else scale)
        elif key not in scales:
            out[key] = value
    return out


def _damaged(name: str, entry: dict) -> WeightsError:
    return _error(name, entry, "is damaged: its SHA-256 is not the recorded one", "已损坏：SHA-256 与记录不符")


def _error(name: str, entry: dict, en: str, zh: str) -> WeightsError:
    command = entry.get("recipe", "its recipe in weights/recipes")
    return WeightsError(
        f"weights/{name} {en}. Get it back with git, or make it with: {command}",
        f"weights/{name} {zh}。可以用 git 取回，或运行：{command}",
    )
