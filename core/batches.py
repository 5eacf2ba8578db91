"""One long text as parallel streams, as recurrent networks are trained (truncated backpropagation through time)."""

from torch import Tensor


def batches(ids: Tensor, streams: int, window: int, offset: int) -> list[tuple[Tensor, Tensor]]:
    """Cuts one long text into parallel streams and walks along them: inputs and targets, (window, streams) each."""
    length = (len(ids) - 1 - offset) // streams
    x = ids[offset : offset + streams * length].view(streams, length).t()  # (length, streams)
    y = ids[offset + 1 : offset + 1 + streams * length].view(streams, length).t()
    return [(x[at : at + window], y[at : at + window]) for at in range(0, length - window + 1, window)]
