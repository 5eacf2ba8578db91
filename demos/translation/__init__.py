"""Translation: ten years of a field on one sentence, and hands on the attention."""

from demos.contract import Demo
from demos.translation.models import FILES
from demos.translation.room import build
from demos.translation.translate import compute

DEMO = Demo(
    slug="translation",
    weights=tuple(FILES.values()),
    build=build,
    compute=compute,
    sample=dict(sentence="He put on the black coat.", pair="en-fr", model="attention", seed=7),
)
