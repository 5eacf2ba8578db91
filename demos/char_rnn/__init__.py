"""Char-RNN: three networks that write one character at a time, and everything one can see inside them."""

from core.quoting import reference_file
from demos.char_rnn.authors import SHIPPED
from demos.char_rnn.room import build
from demos.char_rnn.write import compute
from demos.contract import Demo

DEMO = Demo(
    slug="char-rnn",
    weights=tuple(name for file in SHIPPED.values() for name in (file, reference_file(file))),
    build=build,
    compute=compute,
    sample=dict(prompt="ROMEO:\n", corpus="shakespeare", temperature=0.8, length=40, seed=7),
)
