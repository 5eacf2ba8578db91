"""Recognising pictures: a network one can open, fool and teach."""

from core.digits import WEIGHTS as DIGITS
from demos.cnn.look import compute
from demos.cnn.models import FILES
from demos.cnn.room import build
from demos.contract import Demo

DEMO = Demo(
    slug="cnn",
    weights=(*FILES.values(), DIGITS),
    build=build,
    compute=compute,
    sample=dict(picture="cat"),
)
