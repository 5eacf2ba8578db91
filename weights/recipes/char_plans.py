"""How the character models learn: every setting, and what was tried before.

Settings were chosen beforehand and every run goes to its planned end: no step looks at the validation text, the last
tenth of each corpus, to decide anything. The curve over it is only recorded.

Shakespeare has two courses. In the first a network follows two teachers. In the second it reads, besides the plays,
eight times as much text that the three of them write together, and follows their mean guess at every character: what
an ensemble knows in one network (Hinton et al. 2015; invented text as in Kim & Rush 2016), with so much to read that
it cannot learn it by heart. The first teacher of what ships was an earlier network of this recipe, which had more
dropout on the weights between one moment and the next than the plan below has.

The kernel's author learned eight epochs with little dropout and knew its text too well in the end, and so did that of
the poems after four; so both take a second course with more. The kernel's that ships went through five epochs of it to
a rate near 0, then the plan was lengthened to eleven. `--onward` begins such a course with what ships, where the run of
the first is no longer there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """One corpus and how it is learned. Rates are shares, `lr` is AdamW's peak, `epochs` full passes."""

    file: str
    address: str
    shape: dict
    epochs: int
    horizon: int = 0  # epochs after which the rate would be at its lowest; 0: the last. More leaves room to go on
    seen: int = 1  # a character needs this many occurrences to get a vector of its own; above 1: one poem a line
    streams: int = 32
    window: int = 128
    lr: float = 5e-3
    warm: int = 100  # steps until the peak
    flat: float = 0.0  # share of the steps at the peak before the rate goes down
    weight_decay: float = 1e-2
    average: float = 0.999  # decay of the running weight average that is shipped
    seed: int = 1
    teachers: tuple[dict, ...] = ()  # other plans, as differences from this one; trained first
    first: dict | None = None  # a course before this one, as differences from it; this one begins with its weights
    trust: float = 0.5  # share of the loss that follows the teachers' guesses instead of the text
    invented: int = 0  # characters to read besides, written by the teachers of the first course and its own author
    afresh: float = 0.0  # share of the streams that forget, at the start of a window, all they have read
    snapshots: tuple[int, ...] = (0, 30, 80, 200, 450, 1000, 2000, 4000, 8000)  # steps; the last step is added
    characters: int | None = None  # only this many of the corpus (smoke)


PLAIN = dict(embed=64, hidden=512, dropout=0.5)
PLANS = {
    "shakespeare": Plan(
        file="text/tinyshakespeare.txt",
        address="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        shape=PLAIN | dict(dropout=0.2, recurrent_dropout=0.05),
        epochs=4,
        streams=64,
        lr=2e-3,
        average=0.998,
        trust=0.6,
        invented=8_000_000,
        afresh=0.1,
        first=dict(
            shape=PLAIN | dict(recurrent_dropout=0.1),
            epochs=24,
            horizon=26,
            lr=3e-3,
            teachers=(
                dict(shape=PLAIN, seed=2, epochs=18, horizon=30),
                dict(shape=PLAIN, epochs=14, horizon=0, streams=32, lr=5e-3, average=0.999),
            ),
            invented=0,
            afresh=0.0,
        ),
        snapshots=(0, 30, 80, 200, 450, 1000, 2000, 2_928, 4_500),
    ),
    "linux": Plan(
        file="text/linux_kernel.c.txt",
        address="435 C files of kernel/, mm/, lib/, fs/ in Debian's package linux-source-6.1, joined",
        shape=dict(embed=64, hidden=512, dropout=0.4),
        epochs=11,
        first=dict(shape=dict(embed=64, hidden=512, dropout=0.15), epochs=8),
        snapshots=(0, 30, 80, 200, 450, 1000, 2000, 4000, 8000, 17_186),
    ),
    "tang": Plan(
        file="text/tang_poems.txt",
        address="https://github.com/chinese-poetry/chinese-poetry (regular poems, one a line, simplified)",
        shape=dict(embed=256, hidden=448, tied=True, dropout=0.4, recurrent_dropout=0.1),
        epochs=4,
        window=100,
        seen=10,
        lr=3e-3,
        first=dict(shape=dict(embed=256, hidden=448, tied=True, dropout=0.15), lr=5e-3),
        snapshots=(0, 30, 80, 200, 450, 1000, 1_868, 2_800),
    ),
}
