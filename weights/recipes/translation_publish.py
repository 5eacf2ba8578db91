"""Measures a finished translator as it ships (fp16 weights) and writes its file and manifest entry.

    python -m weights.recipes.translation_publish en-fr-attention [--data DIR] [--shipped]

measures and writes, without training; with --shipped not the last run but what ships already.

BLEU is sacreBLEU's, on cased text with its own tokenisation (the signature stands in the card); chrF likewise. Single
reference: every pair of the dev set counts. Several references: every English sentence once, all its translations
count. The text that is scored is normalised (see core/typography.py) on both sides.
"""

import json
from collections import defaultdict
from pathlib import Path

import torch
from sacrebleu.metrics import BLEU, CHRF

from core import cards, weights
from core.alignment import Model1, alignment_error
from core.translators import Interpreter, attention_links
from core.typography import WORDS, normalise
from weights.recipes.training import command, in_fp16
from weights.recipes.translation import Run
from weights.recipes.translation_crew import translator
from weights.recipes.translation_plans import PLANS

GOLD = weights.FOLDER / "alignments.en-fr.json"
SAYS = json.loads(Path(__file__).with_name("translation_words.json").read_text(encoding="utf-8"))
"""What the cards say in words: `models` by name, `metrics` by kind of figure."""
TIED = {
    "final_logits_bias",
    "lm_head.weight",
    "model.encoder.embed_tokens.weight",
    "model.decoder.embed_tokens.weight",
    "model.encoder.embed_positions.weight",
    "model.decoder.embed_positions.weight",
}
"""Tensors that the library makes again when it loads a model: zeros, positions, and three more names of one matrix."""
SMALL = ("en-fr-fixed",)
"""Models that ship in one byte for each weight: nobody would use this one, it shows what attention is good for."""
IMPROBABLE = 0.02
"""Share of the dev sentences whose translations a translator finds so improbable that it is said to be guessing."""
LENGTHS = ((1, 4), (5, 6), (7, 8), (9, 12), (13, 18), (19, 26))
"""Words in the source; sentences of the last two classes are mostly two or three dev sentences in a row."""


def as_shipped(name: str, run: Run) -> Interpreter:
    """The averaged model, its weights rounded as in the file: to fp16, or to one byte each."""
    model = run.averaged()
    exact = {key: value.clone() for key, value in model.state_dict().items() if "embed_positions" in key}  # in no file
    in_fp16(model).load_state_dict(exact, strict=False)
    if name in SMALL:
        model.load_state_dict(weights.unpacked(weights.packed(model.state_dict())))
    return Interpreter(name, *run.plan.languages, run.pieces, translator(model))


def scores(
    interpreter: Interpreter, pairs: list[tuple[str, str]], width: int
) -> tuple[dict[str, float], dict[str, str], dict[str, str]]:
    """BLEU with one and with all references and chrF of a dev set; every translation; sacreBLEU's signature of each."""
    references = defaultdict(list)
    for source, target in pairs:
        references[source].append(target)
    sources = list(references)
    answers = dict(zip(sources, plain(interpreter, sources, width), strict=True))
    most, kind = max(map(len, references.values())), "zh" if interpreter.target == "zh" else "13a"
    streams = [[(references[source] + [None] * most)[number] for source in sources] for number in range(most)]
    every = [answers[source] for source, _ in pairs], [[target for _, target in pairs]]
    measures = {
        "single": (BLEU(tokenize=kind), *every),
        "several": (BLEU(tokenize=kind), [answers[source] for source in sources], streams),
        "chrf": (CHRF(), *every),
    }
    found = {name: measure.corpus_score(*given).score for name, (measure, *given) in measures.items()}
    return found, answers, {name: str(measure.get_signature()) for name, (measure, *_) in measures.items()}


def plain(interpreter: Interpreter, sources: list[str], width: int) -> list[str]:
    """Translations in normalised form, as they are scored."""
    return [normalise(text, interpreter.target) for text in interpreter.translate(sources, width)]


def doubt(interpreter: Interpreter, sources: list[str], together: int = 48) -> float:
    """Mean ln p of a piece, end sign included, that all but the share IMPROBABLE of the greedy translations exceed."""
    means = [beam.scores[0] for beam in interpreter.beams(sources, 1, together)]
    return torch.tensor(means).quantile(IMPROBABLE).item()


def by_length(interpreter: Interpreter, pairs: list[tuple[str, str]]) -> list[tuple[str, float, float]]:
    """Greedy single-reference BLEU by length of the source: "from-to", mean words, BLEU. Long ones are dev pairs
    joined, two or three in a row."""
    joined = list(pairs)
    for take in (2, 3):
        for at in range(0, len(pairs) - take + 1, take):
            joined.append(tuple(" ".join(pair[side] for pair in pairs[at : at + take]) for side in (0, 1)))
    bleu = BLEU(tokenize="zh" if interpreter.target == "zh" else "13a")
    out = []
    for low, high in LENGTHS:
        pool = pairs if high <= 12 else joined
        some = [pair for pair in pool if low <= len(pair[0].split()) <= high][:600]
        if not some:
            continue
        answers = plain(interpreter, [source for source, _ in some], 1)
        words = sum(len(source.split()) for source, _ in some) / len(some)
        score = bleu.corpus_score(answers, [[target for _, target in some]]).score
        out.append((f"{low}-{high}", round(words, 1), round(score, 1)))
    return out


def alignment(interpreter: Interpreter, train: list[tuple[str, str]]) -> dict[str, float]:
    """AER on the hand-aligned dev sentences: the best layer and step of the model, and IBM Model 1 learned on the same
    pairs.

    Writes the links of IBM Model 1 beside the annotators', where the tab finds them.
    """
    rows = json.loads(GOLD.read_text(encoding="utf-8"))
    sure = [{tuple(link) for link in row["sure"]} for row in rows]
    possible = [{tuple(link) for link in row["possible"]} for row in rows]
    errors = {}
    for late in (False, True):
        found = [attention_links(interpreter, row["english"], row["french"], late) for row in rows]
        for number, layer in enumerate(zip(*found, strict=True), 1):
            errors[number, late] = alignment_error(layer, sure, possible)
    best = min(errors, key=errors.get)
    counted = Model1([(WORDS["en"].findall(english), WORDS["fr"].findall(french)) for english, french in train])
    ibm = [counted.align(WORDS["en"].findall(row["english"]), WORDS["fr"].findall(row["french"])) for row in rows]
    for row, links in zip(rows, ibm, strict=True):
        row["ibm1"] = sorted(links)
    GOLD.write_text("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n", encoding="utf-8")
    return dict(model=errors[best], layer=best[0], late=best[1], ibm1=alignment_error(ibm, sure, possible))


def publish(name: str, run: Run) -> None:
    """Measures and writes one translator: weights, tokenizer, entry, cards."""
    plan, says, kinds = run.plan, SAYS["models"][name], SAYS["metrics"]
    interpreter = as_shipped(name, run)
    metrics = []
    for width in (1, 4):
        found, _, signatures = scores(interpreter, run.dev, width)
        for key, value in found.items():
            row = kinds[key]
            how = {
                code: f"{row['how'][code]}; {SAYS['decoders'][str(width)][code]}; `{signatures[key]}`"
                for code in ("en", "zh")
            }
            metrics.append(dict(name=row["name"], unit="", how=how, value=round(value, 2)))
    lengths = by_length(interpreter, run.dev)
    for bin_name, _, value in lengths:
        title = {code: f"{kinds['length']['name'][code]} {bin_name}" for code in ("en", "zh")}
        metrics.append(dict(name=title, unit="", how=kinds["length"]["how"], value=value))
    baselines = []
    if plan.languages == ("en", "fr") and plan.shape.get("attention", True):
        found = alignment(interpreter, run.pairs)
        when = SAYS["late" if found["late"] else "in_time"]
        how = {code: kinds["aer"]["how"][code].format(layer=found["layer"], when=when[code]) for code in ("en", "zh")}
        metrics.append(kinds["aer"] | {"how": how, "value": round(100 * found["model"], 1)})
        baselines.append(kinds["ibm1"] | {"value": round(100 * found["ibm1"], 1)})
    baselines += SAYS["published"] if plan.languages == ("en", "fr") else []
    model = interpreter.net.model
    tensors, extra, companions = packed(run, model)
    weights.write(
        plan.file(),
        weights.packed(tensors) if name in SMALL else tensors,
        extra
        | dict(
            title=says["title"],
            network={code: says["network"][code].format(pieces=len(run.pieces)) for code in ("en", "zh")},
            recipe=f"python -m weights.recipes.translation {name}",
            seed=plan.seed,
            languages=list(plan.languages),
            data=says["data"],
            licence=SAYS["licence"],
            parameters=sum(tensor.numel() for tensor in tensors.values()),
            preprocessing=SAYS["preprocessing"],
            metrics=metrics,
            baselines=baselines,
            training=dict(
                steps=run.log["step"],
                epochs=run.log["epoch"] + plan.passes() - plan.epochs,
                of=plan.passes(),
                minutes=round(run.log["seconds"] / 60),
            ),
            doubt=round(doubt(interpreter, list(dict(run.dev))), 2),
            by_length=[[words, value] for _, words, value in lengths],
            limits=says["limits"],
            origin="trained here",
        ),
        companions=companions,
    )
    cards.main()
    for row in metrics:
        print(f"{row['name']['en']}: {row['value']}")


def packed(run: Run, model: torch.nn.Module) -> tuple[dict, dict, dict[str, str]]:
    """Tensors, what the entry says of the network, and companions, for either kind of model."""
    tokenizer = run.pieces.tokenizer.to_str()
    if run.plan.kind == "seq2seq":
        tokens = f"translation_{'_'.join(run.plan.languages)}.tokenizer.json"
        return model.state_dict(), {"config": vars(model.config)}, {tokens: tokenizer}
    folder = Path(run.plan.file()).parent
    kept = {key: value for key, value in model.state_dict().items() if key not in TIED}  # one copy of the shared matrix
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "bos_token": "<s>",
    }
    companions = {
        f"{folder}/config.json": model.config.to_json_string(),
        f"{folder}/tokenizer.json": tokenizer,
        f"{folder}/tokenizer_config.json": json.dumps(settings, indent=1) + "\n",
    }
    return kept, {}, companions


def restored(run: Run) -> None:
    """Makes a run what ships of it. Raises WeightsError."""
    run.onward()
    _, entry = weights.read(run.plan.file())
    run.log["epoch"] = entry["training"]["epochs"] - (run.plan.passes() - run.plan.epochs)


def main() -> None:
    parser = command(__doc__, "name", PLANS)
    parser.add_argument("--shipped", action="store_true", help="measure what ships, not the last run")
    options = parser.parse_args()
    run = Run(options.name, PLANS[options.name], options.data)
    if options.shipped:
        restored(run)
    publish(options.name, run)


if __name__ == "__main__":
    main()
