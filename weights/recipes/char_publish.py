"""Measures a finished character model as it ships (fp16 weights) and writes its file, timeline and manifest entry.

    python -m weights.recipes.char_publish shakespeare [--data DIR]     measures and writes again, without training
"""

import argparse
import json
import math
from pathlib import Path

import torch

from core import cards, weights
from core.measuring import carried_loss, is_regular, windows_loss
from core.models.char_rnn import CharRNN
from core.reading import Author
from core.sampling import Sampling, draw
from core.text import RARE
from weights.recipes import char_reference
from weights.recipes.char_rnn import DEFAULT_DATA, PLANS, Run

POEMS = 1_000
"""Poems that are drawn to measure how many have the regular form."""

WORDS = {
    "shakespeare": dict(
        title=dict(en="Shakespeare, letter by letter", zh="莎士比亚，逐字母"),
        data=dict(en="tiny-shakespeare: 1,115,394 characters of plays, first 90 % to learn, last 10 % to measure; compiled "
                     "by A. Karpathy for char-rnn", zh="tiny-shakespeare：1,115,394 个字符的剧本，前 90 % 用于学习，后 10 % 用于"
                                                       "测量；由 A. Karpathy 为 char-rnn 汇编"),
        licence=dict(en="public domain text", zh="公有领域文本"),
        limits=dict(en="It knows spelling, verse and who speaks, but no meaning: it loses the thread after a sentence. "
                       "65 characters only, none beyond ASCII, no digit but 3.",
                    zh="它懂拼写、诗行和谁在说话，但不懂意义：一句话之后就断了线索。只有 65 个字符，没有 ASCII 以外的字符，数字只有 3。"),
    ),
    "linux": dict(
        title=dict(en="Linux kernel, letter by letter", zh="Linux 内核，逐字母"),
        data=dict(en="6,019,107 characters: 435 C files of kernel/, mm/, lib/ and fs/ of Linux 6.1 in mixed order, first "
                     "90 % to learn, last 10 % to measure", zh="6,019,107 个字符：Linux 6.1 中 kernel/、mm/、lib/、fs/ 的 435 个 C "
                                                              "文件，次序打乱，前 90 % 用于学习，后 10 % 用于测量"),
        licence=dict(en="source GPL-2.0; only weights are shipped, no source", zh="源代码为 GPL-2.0；只附带权重，不含源代码"),
        limits=dict(en="What it writes looks like C and does not compile: names are invented, types do not fit.",
                    zh="写出的东西像 C，但不能编译：名字是编的，类型对不上。"),
    ),
    "tang": dict(
        title=dict(en="Tang poems, character by character", zh="唐诗，逐字"),
        data=dict(en="36,436 different regular Tang poems in simplified characters, first 90 % to learn, last 10 % to "
                     "measure; collected by the project chinese-poetry",
                  zh="36,436 首不同的唐代格律诗（简体），前 90 % 用于学习，后 10 % 用于测量；由 chinese-poetry 项目收集"),
        licence=dict(en="MIT; public domain poems", zh="MIT；诗作属公有领域"),
        limits=dict(en="It keeps the form - verse length, punctuation, often parallel couplets - but has no theme beyond a "
                       "line or two and does not mind rhyme and tone. Characters seen fewer than 10 times are □.",
                    zh="它守格式（句长、标点，常有对仗），但主题不过一两句，不讲究押韵和平仄。出现不到 10 次的字记作 □。"),
    ),
}
NANOGPT = [
    dict(name=dict(en="nanoGPT, transformer of about 0.8 M parameters on a CPU", zh="nanoGPT，约 80 万参数的 transformer（CPU）"),
         value=1.88, unit=dict(en="nats/char", zh="纳特/字"),
         how=dict(en="published by its README; same split, random windows of 64", zh="其 README 公布；同样的划分，64 字的随机窗口")),
    dict(name=dict(en="nanoGPT, transformer of 10.7 M parameters on a GPU", zh="nanoGPT，1070 万参数的 transformer（GPU）"),
         value=1.4697, unit=dict(en="nats/char", zh="纳特/字"),
         how=dict(en="published by its README; same split, random windows of 256", zh="其 README 公布；同样的划分，256 字的随机窗口")),
]


def as_shipped(run: Run) -> CharRNN:
    """The averaged model, its weights rounded to fp16 as in the file."""
    model = run.averaged()
    model.load_state_dict({key: value.half().float() for key, value in model.state_dict().items()})
    return model


@torch.inference_mode()
def regular_share(author: Author, temperature: float, seed: int = 1) -> float:
    """Share of POEMS drawn poems with the regular form, see `is_regular`."""
    generator, good = torch.Generator().manual_seed(seed), 0
    sampling, rare = Sampling(temperature), author.vocabulary.index[RARE]
    for _ in range(POEMS):
        head, logits = author.begin()
        poem = ""
        while not poem.endswith("\n") and len(poem) < 120:
            logits[rare] = -math.inf
            number = draw(sampling.probabilities(torch.from_numpy(logits)), generator)
            poem += author.vocabulary.chars[number]
            logits = head.read(number)
        good += is_regular(poem)
    return good / POEMS


def metric(en: str, zh: str, value: float, how_en: str, how_zh: str, unit: tuple[str, str] = ("nats/char", "纳特/字")) -> dict:
    """One row of a card."""
    return dict(name=dict(en=en, zh=zh), value=round(value, 4), unit=dict(en=unit[0], zh=unit[1]),
                how=dict(en=how_en, zh=how_zh))


def publish(name: str, run: Run) -> None:
    """Measures and writes everything that ships of one corpus: model, timeline, reference, entries, cards."""
    file, model = f"char_rnn_{name}.safetensors", as_shipped(run)
    a, b = windows_loss(model, run.valid_ids), carried_loss(model, run.valid_ids)
    metrics = [
        metric("loss, windows (A)", "损失，窗口（A）", a, "whole validation text, windows of 256, zero state at the start of "
               "each, mean over all positions", "整个验证文本，256 字的窗口，每个窗口从零状态开始，所有位置取平均"),
        metric("loss, carried state (B)", "损失，连续状态（B）", b, "whole validation text, one pass with carried state",
               "整个验证文本，一遍读完，状态连续"),
    ]
    if name == "tang":
        share = regular_share(Author.of("run", run.vocabulary, model), 0.7)
        metrics.append(metric("poems in regular form", "合格式的诗", 100 * share, f"{POEMS} poems drawn at temperature 0.7, "
                              "seed 1: 4 or 8 equal verses of 5 or 7 characters", f"温度 0.7、种子 1 抽取 {POEMS} 首：4 或 8 句，"
                              "每句同为 5 或 7 字", ("%", "%")))
    tensors, counted = char_reference.build(name, run.data)
    last = run.log["snapshots"][-1]
    shape = model.config
    common = dict(recipe=f"python -m weights.recipes.char_rnn {name}", seed=run.plan.seed,
                  data=WORDS[name]["data"], licence=WORDS[name]["licence"])
    size = sum(p.numel() for p in model.parameters())
    weights.write(file, model.state_dict(), common | dict(
        title=WORDS[name]["title"],
        network=dict(en=f"character LSTM, {shape.layers} layers of {shape.hidden} cells, {shape.vocab} characters",
                     zh=f"字符 LSTM，{shape.layers} 层，每层 {shape.hidden} 个单元，{shape.vocab} 个字符"),
        parameters=size, config=vars(shape), vocabulary=run.vocabulary.chars,
        preprocessing=dict(en="none; a text is read as if a line break came before it", zh="无；读文字时视为前面有一个换行"),
        metrics=metrics, baselines=[metric(*row) for row in counted["baselines"]] + (NANOGPT if name == "shakespeare" else []),
        training=dict(steps=last["step"], minutes=round(run.log["seconds"] / 60, 1), last_train_loss=round(last["train"], 4)),
        limits=WORDS[name]["limits"], origin="trained here",
    ))
    weights.write(f"char_rnn_{name}_reference.safetensors", tensors, common | counted["entry"])
    folder = weights.FOLDER / "timelines"
    folder.mkdir(exist_ok=True)
    every = max(1, len(run.log["curve"]) // 150)
    timeline = {"curve": run.log["curve"][::every], "snapshots": run.log["snapshots"]}
    (folder / f"char_rnn_{name}.json").write_text(json.dumps(timeline, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    cards.main()
    for row in metrics:
        print(f"{row['name']['en']}: {row['value']} {row['unit']['en']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", choices=PLANS)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    options = parser.parse_args()
    publish(options.corpus, Run(options.corpus, PLANS[options.corpus], options.data))


if __name__ == "__main__":
    main()
