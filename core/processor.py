"""What the processor can do."""

from functools import cache
from pathlib import Path


@cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware; without, it would be slower than float32."""
    facts = Path("/proc/cpuinfo")
    words = facts.read_text(encoding="utf-8", errors="replace").split() if facts.exists() else []
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(words)
