"""Watch it learn: what the network wrote at moments of its training, with the loss curve."""

import json

from core import weights
from core.complaint import choice
from demos.char_rnn.authors import SHIPPED


def history(corpus: str = "shakespeare") -> dict:
    """The recorded training of one author.

    Args:
        corpus: "shakespeare", "linux" or "tang".

    Returns:
        curve: [step, training nats] pairs; snapshots: step, train and valid nats and a sample of 400 characters
        (temperature 0.8, the same seed every time), recorded by the recipe while it ran.
    """
    name = choice(("The author", "作者"), corpus, tuple(SHIPPED))
    path = weights.FOLDER / "timelines" / f"char_rnn_{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"curve": [], "snapshots": []}
