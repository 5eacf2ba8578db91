"""Measures a finished character model as it ships (fp16 weights) and writes its file, timeline and manifest entry.

python -m weights.recipes.char_publish shakespeare [--data DIR]     measures and writes again, without training
"""

import json
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from core import cards, weights
from core.measuring import carried_loss, is_regular, windows_loss
from core.models.char_rnn import CharRNN
from core.reading import Author, write
from core.sampling import Sampling
from weights.recipes import char_reference
from weights.recipes.char_rnn import PLANS, Run
from weights.recipes.training import command, in_fp16

POEMS = 1_000
"""Poems that are drawn to measure how many have the regular form."""

WORDS = json.loads(Path(__file__).with_name("char_words.json").read_text(encoding="utf-8"))
"""What the cards say in words: `models` by corpus, `metrics` by kind of figure, `nanogpt` (published figures)."""


def as_shipped(run: Run) -> CharRNN:
    """The averaged model, its weights rounded to fp16 as in the file. Where every line is a poem, it gets a start:
    from a zero state, which it has hardly ever met, it does not know where in a poem it is."""
    model = run.averaged()
    if run.plan.seen > 1:
        started = CharRNN(replace(model.config, started=True)).eval().requires_grad_(False)
        started.load_state_dict(model.state_dict() | {"start": after_lines(model, run)})
        model = started
    return in_fp16(model)


@torch.inference_mode()
def after_lines(model: CharRNN, run: Run, streams: int = 64, length: int = 1_500, settled: int = 200) -> Tensor:
    """The mean state right after a line break, in the first `streams` * `length` characters of the training text.

    settled: characters of each stream until its state no longer remembers that it began with zeros.

    Returns:
        (2, layers * hidden): hidden states and cell states, the layers side by side.
    """
    ids = run.train_ids[: streams * length].view(streams, -1).t()  # (length, streams)
    state, total, count = model.zero_state(streams), 0.0, 0
    for place, now in enumerate(ids):
        _, state, _ = model.step(now, state)
        here = now == run.vocabulary.index["\n"]  # (streams,)
        if place >= settled and here.any():
            total = total + torch.stack([torch.cat([layer[k][here].sum(0) for layer in state]) for k in (0, 1)])
            count += int(here.sum())
    return total / count


@torch.inference_mode()
def regular_share(author: Author, temperature: float, seed: int = 1) -> float:
    """Share of POEMS drawn poems with the regular form, see `is_regular`."""
    generator, good = torch.Generator().manual_seed(seed), 0
    for _ in range(POEMS):
        poem = ""
        for glyph in write(author, [], Sampling(temperature), 120, generator):
            poem += author.vocabulary.chars[glyph.number]
            if poem.endswith("\n"):
                break
        good += is_regular(poem)
    return good / POEMS


def counter(order: int) -> dict[str, str]:
    """What a way of counting is called."""
    if order == 0:
        return dict(en="guessing any character alike", zh="每个字符一样可能")
    return dict(en=f"counting {order}-grams", zh=f"数 {order}-gram")


def publish(name: str, run: Run) -> None:
    """Measures and writes everything that ships of one corpus: model, timeline, reference, entries, cards."""
    words, kinds = WORDS["models"][name], WORDS["metrics"]
    file, model = f"char_rnn_{name}.safetensors", as_shipped(run)
    metrics = [
        kinds["windows"] | {"value": round(windows_loss(model, run.valid_ids), 4)},
        kinds["carried"] | {"value": round(carried_loss(model, run.valid_ids), 4)},
    ]
    if name == "tang":
        share = regular_share(Author.of("run", run.vocabulary, model), 0.7)
        metrics.append(kinds["regular"] | {"value": round(100 * share, 1)})
    tensors, counted = char_reference.build(name, run.data)
    orders = [0, 2, len(counted["nats"]) - 1]
    baselines = [kinds["counting"] | {"name": counter(order), "value": counted["nats"][order]} for order in orders]
    baselines += WORDS["nanogpt"] if name == "shakespeare" else []
    last = run.log["snapshots"][-1]
    shape = model.config
    common = dict(
        recipe=f"python -m weights.recipes.char_rnn {name}",
        seed=run.plan.seed,
        data=words["data"],
        licence=words["licence"],
    )
    size = sum(p.numel() for p in model.parameters())
    weights.write(
        file,
        model.state_dict(),
        common
        | dict(
            title=words["title"],
            network=dict(
                en=f"character LSTM, {shape.layers} layers of {shape.hidden} cells, {shape.vocab} characters",
                zh=f"字符 LSTM，{shape.layers} 层，每层 {shape.hidden} 个单元，{shape.vocab} 个字符",
            ),
            parameters=size,
            config=vars(shape),
            vocabulary=run.vocabulary.chars,
            preprocessing=WORDS["none"],
            metrics=metrics,
            baselines=baselines,
            data={code: words["data"][code] + words.get("taught", {}).get(code, "") for code in ("en", "zh")},
            training=dict(
                steps=last["step"], minutes=round(run.log["seconds"] / 60, 1), last_train_loss=round(last["train"], 4)
            ),
            limits=words["limits"],
            origin="trained here",
        ),
    )
    quotes = [row | {"value": round(100 * counted["quotes"][key], 2)} for key, row in WORDS["quotes"].items()]
    weights.write(
        f"char_rnn_{name}_reference.safetensors",
        tensors,
        common
        | dict(
            title={language: f"{words['title'][language]}{WORDS['counted'][language]}" for language in ("en", "zh")},
            network=WORDS["tables"],
            recipe=f"python -m weights.recipes.char_publish {name}",
            parameters=sum(tensor.numel() for tensor in tensors.values()),
            orders=orders[1:],
            preprocessing=WORDS["none"],
            metrics=[*baselines[: len(orders)], *quotes],
            limits=WORDS["tables_limits"],
            origin="counted here",
        ),
    )
    folder = weights.FOLDER / "timelines"
    folder.mkdir(exist_ok=True)
    every = max(1, len(run.log["curve"]) // 150)
    timeline = {"curve": run.log["curve"][::every], "snapshots": run.log["snapshots"]}
    (folder / f"char_rnn_{name}.json").write_text(
        json.dumps(timeline, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    cards.main()
    for row in metrics:
        print(f"{row['name']['en']}: {row['value']} {row['unit']['en']}")


def main() -> None:
    options = command(__doc__, "corpus", PLANS).parse_args()
    publish(options.corpus, Run(options.corpus, PLANS[options.corpus], options.data))


if __name__ == "__main__":
    main()
