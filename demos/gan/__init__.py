"""Generative adversarial networks: a forger, a detective, and the reasons they fail."""

from core.gan import READER, file
from demos.contract import Demo
from demos.gan import things
from demos.gan.pieces import FORGER
from demos.gan.room import build
from demos.gan.wall import compute

DEMO = Demo(
    slug="gan",
    weights=(file(FORGER), file(FORGER, "judge"), READER, file(things.FORGER), file(things.FORGER, "judge")),
    build=build,
    compute=compute,
    sample=dict(seed=1, count=9, truncation=0.7, scores=True),
)
