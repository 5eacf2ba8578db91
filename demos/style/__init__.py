"""Style transfer: the content of one picture in the manner of another, in one pass or stroke by stroke."""

from demos.cnn.models import FILES
from demos.contract import Demo
from demos.style.models import EYE, trained
from demos.style.room import build
from demos.style.watch import compute

DEMO = Demo(
    slug="style",
    weights=(EYE, FILES["efficientnet"], *trained().values()),
    build=build,
    compute=compute,
    sample=dict(picture="china", style="auvers", side=128, steps=20),
)
