"""Somebody else's translator: any Marian model of the Hugging Face hub, for who is online."""

from collections.abc import Iterator

from core import hub


def compute(name: str) -> Iterator[dict]:
    """Fetches a Marian model of the hub, about 300 MB, unless it is on the disk already.

    Args:
        name: "owner/model", for example "Helsinki-NLP/opus-mt-en-fr".

    Yields:
        name, come and total in megabytes, and ready: true once "hub:owner/model" may be given as a model.

    Raises:
        Complaint: not such a name, offline, or not a Marian model.
    """
    name = hub.checked(name)
    if hub.on_disk(name) is None:
        for come, total in hub.fetch(name):
            yield dict(name=name, come=round(come / 1e6), total=round(total / 1e6), ready=False)
    folder = hub.on_disk(name)
    size = round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)
    hub.load(folder, name)
    yield dict(name=name, come=size, total=size, ready=True)
