"""How the translators learn: every setting.

Settings were chosen beforehand and every run goes to its planned end: no step looks at the dev set to decide anything.

The network with a fixed vector has two courses, as many passes in all as its twin with attention.

The transformer has five. In the first it took half of its targets from the network with attention
(sequence-level distillation, Kim & Rush 2016), after six passes of people's translations alone. In the second both
networks translate every sentence together, two versions each, and the transformer follows their mean guess at every
piece of these and of people's translations (Hinton et al. 2015; Furlanello et al. 2018): what two networks of different
kinds agree on. In the third it does so once more, with the guess of the better transformer that the second made; in the
fourth the attention network and the transformer of the third translate everything anew, and in the fifth that network
and the transformer of the fourth, one translation of each sentence, piece by piece the likeliest.
`--onward` begins the last course with what ships, where the runs of those before are no longer there.
"""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Plan:
    """One translator and how it is learned. Rates are shares, `lr` is AdamW's peak, `epochs` full passes."""

    languages: tuple[str, str]
    kind: str  # "seq2seq" or "transformer"
    shape: dict = field(default_factory=dict)
    vocab: int = 4_000
    epochs: int = 10
    tokens: int = 4_096  # target pieces in a batch, about
    lr: float = 1.5e-3
    warm: int = 500  # steps until the peak
    flat: float = 0.7  # share of the steps at the peak before the rate goes down
    weight_decay: float = 1e-2
    smoothing: float = 0.1  # share of the target that goes to all pieces alike (Szegedy et al. 2016)
    split: float = 0.1  # chance that a merge is skipped (BPE dropout, Provilkov et al. 2020)
    loose: int = 5  # epochs in which targets are split so too; later each word has one spelling, for clear rivals
    joined: float = 0.15  # share of examples that are two sentences in a row
    average: float = 0.999
    crew: tuple[str, ...] = ()  # weight files of shipped translators that are followed
    follow: float = 0.5  # share of the examples in which a translation of theirs is the target
    width: int = 2  # beam with which they translate
    versions: int = 1  # translations of each sentence that are kept of it
    before: dict | None = None  # a course before, as differences from it; this one begins with its weights and has its
    # network in the crew
    anew: bool = True  # whether the crew translates; else what it wrote in the course before is read again
    trust: float = 0.0  # share of the loss that follows the crew's guess instead of the target
    seed: int = 1
    pairs: int | None = None  # only this many (smoke)

    def passes(self) -> int:
        """Full passes of this course and of all before it."""
        return self.epochs + (replace(self, **dict(before=None) | self.before).passes() if self.before else 0)

    def file(self) -> str:
        """The weight file that it ships as."""
        pair = "_".join(self.languages)
        if self.kind == "transformer":
            return f"marian_{pair}/model.safetensors"
        return f"translation_{pair}_{'attention' if self.shape.get('attention', True) else 'fixed'}.safetensors"


PLANS = {
    "en-fr-attention": Plan(("en", "fr"), "seq2seq", dict(attention=True, dropout=0.25), epochs=10),
    "en-fr-fixed": Plan(
        ("en", "fr"), "seq2seq", dict(attention=False, dropout=0.25), epochs=6, before=dict(epochs=4, loose=2)
    ),
    "en-fr-transformer": Plan(
        ("en", "fr"),
        "transformer",
        dict(dropout=0.2),
        tokens=2_048,
        lr=8e-4,
        warm=1_000,
        flat=0.4,
        epochs=4,
        loose=0,
        crew=("translation_en_fr_attention.safetensors",),
        width=1,
        versions=1,
        trust=0.6,
        before=dict(
            epochs=6,
            width=4,
            versions=2,
            before=dict(
                anew=False,
                epochs=16,
                before=dict(
                    anew=True,
                    epochs=14,
                    before=dict(shape=dict(dropout=0.15), flat=0.7, epochs=13, loose=6, width=2, versions=1, trust=0.0),
                ),
            ),
        ),
    ),
    "en-zh-attention": Plan(("en", "zh"), "seq2seq", dict(attention=True, dropout=0.35), epochs=16, average=0.995),
}
