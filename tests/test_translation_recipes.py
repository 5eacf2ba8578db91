"""The recipes of the translators run, go on where they stopped, and measure what their cards say."""

import json
import math
import random

import pytest
import torch

from core import weights
from core.models.transformer import small
from core.subwords import PAD
from core.translators import interpreter
from weights.recipes import translation, translation_publish
from weights.recipes.translation import PLANS, ROUND, Plan, Run, batched, examples, learning_rate, rounded

LEXICON = {
    "en": ["the", "cat", "dog", "sees", "eats", "a", "big", "small", "red"],
    "fr": ["le", "chat", "chien", "voit", "mange", "un", "grand", "petit", "rouge"],
}
LEXICON["zh"] = list("那猫狗见吃个大小红")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder with made-up languages, word for word, and a place for runs."""
    monkeypatch.setattr(translation, "RUNS", tmp_path / "runs")
    rng = random.Random(0)
    for target in ("fr", "zh"):
        folder = tmp_path / "translation" / f"en-{target}"
        folder.mkdir(parents=True)
        for part, count in (("train", 400), ("dev", 16)):
            rows = []
            for _ in range(count):
                chosen = [rng.randrange(9) for _ in range(rng.randint(2, 6))]
                join = "" if target == "zh" else " "
                rows.append(
                    " ".join(LEXICON["en"][i] for i in chosen) + "\t" + join.join(LEXICON[target][i] for i in chosen)
                )
            (folder / f"{part}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", PLANS)
def test_smoke(data, name, capsys):
    translation.main([name, "--data", str(data), "--smoke"])
    saved = torch.load(data / "runs" / f"translation_{name}_smoke" / "state.pt", weights_only=True)
    assert saved["run"]["epoch"] == 2
    (_, first, _), (_, last, dev) = saved["run"]["curve"]
    assert last < first
    assert dev < math.log(600)


def tiny(**changes) -> Plan:
    shape = dict(attention=True, embed=12, encoder=8, decoder=12)
    return Plan(("en", "fr"), "seq2seq", **dict(shape=shape, vocab=330, tokens=256, warm=10, epochs=2) | changes)


def test_a_run_goes_on_where_it_was_left(data, monkeypatch):
    plan = tiny(split=0.0)
    seen, whole = [], Run("whole", plan, data)
    monkeypatch.setattr(translation, "learning_rate", lambda plan, step, steps: seen.append(step) or 1e-3)
    whole.train()
    steps = len(seen)
    cut = Run("cut", plan, data)
    monkeypatch.setattr(translation, "learning_rate", lambda plan, step, steps: 1 / 0 if step == 17 else 1e-3)
    with pytest.raises(ZeroDivisionError):
        cut.train()
    cut.save()
    seen.clear()
    monkeypatch.setattr(translation, "learning_rate", lambda plan, step, steps: seen.append(step) or 1e-3)
    again = Run("cut", plan, data)
    again.train()
    assert seen == list(range(17, steps))


def test_every_pair_comes_once_an_epoch_and_batches_are_even(data):
    run = Run("even", tiny(joined=0.3, split=0.0), data)
    rows = examples(run.plan, run.pieces, run.pairs, 0, {})
    words = sum(len(source.split()) for source, _ in run.pairs)
    assert sum(len(run.pieces.decode(list(row[0])).split()) for row in rows) == words
    assert len(rows) < 0.9 * len(run.pairs)
    batches = batched(run.plan, rows, 0)
    assert sorted(row for batch in batches for row in batch) == sorted(rows)
    for batch in batches:
        longest = max(rounded(len(side) + 1) for row in batch for side in row)
        assert longest % ROUND == 0
        assert len(batch) <= 8 or longest * len(batch) <= run.plan.tokens
    assert examples(run.plan, run.pieces, run.pairs, 1, {}) != rows


def test_loss_is_per_piece_and_ignores_padding(data):
    run = Run("loss", tiny(), data)
    model = run.model.eval()
    rows = [tuple(map(run.pieces.encode, pair)) for pair in run.pairs[:7]]
    together = translation.loss_of(run.plan, model, rows, 0.0).item()
    sizes = [len(row[1]) + 1 for row in rows]
    alone = [translation.loss_of(run.plan, model, [row], 0.0).item() for row in rows]
    assert together == pytest.approx(sum(a * n for a, n in zip(alone, sizes, strict=True)) / sum(sizes), rel=1e-4)


def test_the_rate_rises_and_falls():
    plan = tiny(lr=1.0, warm=10)
    rates = [learning_rate(plan, step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:71] == pytest.approx([1.0] * 62)  # flat for the first seven tenths
    assert rates[71:] == sorted(rates[71:], reverse=True)
    sinking = tiny(lr=1.0, warm=10, flat=0.0)
    assert learning_rate(sinking, 50, 100) == pytest.approx(0.505)
    assert rates[-1] < 0.02


def test_no_data_says_where_it_comes_from(tmp_path):
    with pytest.raises(SystemExit, match=r"missing.*manythings"):
        Run("none", tiny(), tmp_path)


@pytest.mark.parametrize("name", ["en-fr-attention", "en-fr-transformer", "en-zh-attention"])
def test_what_is_published_comes_back(data, name, monkeypatch, tmp_path, capsys):
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setattr(weights, "FOLDER", folder)
    for function in (weights.write, weights.check, weights.read, weights.companion, weights.manifest):
        monkeypatch.setattr(
            function, "__defaults__", tuple(folder if value == REAL else value for value in function.__defaults__)
        )
    monkeypatch.setattr(translation_publish.cards, "main", lambda: None)
    monkeypatch.setattr(translation_publish, "LENGTHS", ((1, 4), (9, 12)))
    gold = [dict(english="The cat sees.", french="Le chat voit.", sure=[[0, 0], [1, 1], [2, 2], [3, 3]], possible=[])]
    monkeypatch.setattr(translation_publish, "GOLD", tmp_path / "gold.json")
    (tmp_path / "gold.json").write_text(json.dumps(gold))
    base = PLANS[name]
    shape = dict(width=16, inner=16, heads=2, layers=2) if base.kind == "transformer" else tiny().shape
    plan = translation.replace(base, shape=shape, vocab=330, tokens=256, warm=10, epochs=1)
    run = Run(f"{name}_tiny", plan, data)
    run.train()
    translation_publish.publish(name, run)
    (file,) = weights.manifest(folder)
    entry = weights.manifest(folder)[file]
    assert (folder / file).stat().st_size == entry["size"]
    assert entry["numbers"] == entry["parameters"]
    loaded = interpreter.__wrapped__(file)
    mine = translation_publish.as_shipped(name, run)
    sentences = [source for source, _ in run.dev[:5]]
    assert loaded.translate(sentences, 2) == mine.translate(sentences, 2)
    assert "BLEU, one reference" in json.dumps(entry["metrics"])
    assert [value for _, value in entry["by_length"]] == [
        row["value"] for row in entry["metrics"] if "source words" in row["name"]["en"]
    ]
    if plan.languages == ("en", "fr"):  # the counted links stand beside the annotators'
        (row,) = json.loads((tmp_path / "gold.json").read_text())
        assert {tuple(link) for link in row["ibm1"]} >= {(1, 1), (2, 2)}


REAL = weights.FOLDER


def test_scores_of_a_perfect_translator():
    class Perfect:
        target = "fr"

        def translate(self, sentences, width):
            return [dict(PAIRS)[sentence] for sentence in sentences]

    found, _, signatures = translation_publish.scores(Perfect(), PAIRS, 1)
    assert found["several"] == pytest.approx(100)
    assert 0 < found["single"] < 100  # the first sentence has two translations, only one can be given
    assert "nrefs:1|case:mixed" in signatures["single"] and "tok:13a" in signatures["single"]
    assert "nrefs:var" in signatures["several"]  # one sentence has two translations, the other one
    assert "nc:6" in signatures["chrf"]


PAIRS = [
    ("I see the big dog.", "Je vois le gros chien."),
    ("I see the big dog.", "J'aperçois un grand chien là-bas."),
    ("He eats a red apple.", "Il mange une pomme rouge."),
]


def test_the_small_transformer_pads_with_the_right_piece():
    assert small(50, width=16, layers=1, inner=16, heads=2).config.pad_token_id == PAD


def test_targets_have_one_spelling_after_the_first_epochs(data):
    run = Run("loose", tiny(split=0.5, loose=2, joined=0.0), data)
    whole = {tuple(run.pieces.encode(target)) for _, target in run.pairs}
    early, late = ({tuple(row[1]) for row in examples(run.plan, run.pieces, run.pairs, epoch, {})} for epoch in (1, 2))
    assert late == whole
    assert not early <= whole
    plain = {tuple(run.pieces.encode(source)) for source, _ in run.pairs}
    assert not {tuple(row[0]) for row in examples(run.plan, run.pieces, run.pairs, 2, {})} <= plain
