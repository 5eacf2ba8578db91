"""The recipes of the translators run, go on where they stopped, and measure what their cards say."""

import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import weights
from core.decoding import unroll
from core.models.transformer import LONGEST, small
from core.sampling import Sampling
from core.subwords import END, PAD
from core.translators import interpreter
from weights.recipes import translation, translation_crew, translation_lessons, translation_publish
from weights.recipes.training import learning_rate
from weights.recipes.translation import Run
from weights.recipes.translation_lessons import ROUND, batched, examples, rounded
from weights.recipes.translation_plans import PLANS, Plan

LEXICON = {
    "en": ["the", "cat", "dog", "sees", "eats", "a", "big", "small", "red"],
    "fr": ["le", "chat", "chien", "voit", "mange", "un", "grand", "petit", "rouge"],
}
LEXICON["zh"] = list("那猫狗见吃个大小红")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder with made-up languages, word for word, and a place for runs."""
    for module in (translation, translation_lessons):
        monkeypatch.setattr(module, "RUNS", tmp_path / "runs")
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
    *_, (_, first, _), (_, last, dev) = saved["run"]["curve"]
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


def test_two_long_sentences_in_a_row_are_left_out_where_a_transformer_has_no_places(data):
    run = Run("long", tiny(joined=1.0, split=0.0), data)
    word = run.pairs[0][1].split()[0]
    few, many = ((run.pairs[0][0], " ".join([word] * count)) for count in (3, 150))
    assert LONGEST > len(run.pieces.encode(many[1])) > LONGEST / 2
    rows = examples(run.plan, run.pieces, [few, many] * 8, 0, {})
    assert 0 < len(rows) < 8
    assert max(rounded(len(side) + 1) for row in rows for side in row) <= LONGEST


def test_loss_is_per_piece_and_ignores_padding(data):
    run = Run("loss", tiny(), data)
    model = run.model.eval()
    rows = [tuple(map(run.pieces.encode, pair)) for pair in run.pairs[:7]]
    together = translation.loss_of(model, rows, 0.0).item()
    sizes = [len(row[1]) + 1 for row in rows]
    alone = [translation.loss_of(model, [row], 0.0).item() for row in rows]
    assert together == pytest.approx(sum(a * n for a, n in zip(alone, sizes, strict=True)) / sum(sizes), rel=1e-4)


def course() -> Plan:
    """A second course whose crew is the network itself."""
    first = dict(epochs=1, versions=1, width=1, trust=0.0)
    return tiny(before=first, trust=0.6, width=3, versions=2, joined=0.5, epochs=1, split=0.0, follow=1.0)


def test_a_second_course_begins_with_the_first_and_follows_its_guess(data):
    run = Run("second", course(), data)
    run.course_before()
    first = torch.load(data / "runs" / "translation_second_before" / "state.pt", weights_only=True)
    assert all(torch.equal(value, first["average"][key]) for key, value in run.model.state_dict().items())
    assert run.log["before"] == run.log["step"] == first["run"]["step"] > 0
    run.lessons()
    model = run.averaged()
    rows = examples(run.plan, run.pieces, run.pairs, 0, run.said, run.places)
    assert any(len(row[1]) != len(run.pieces.encode(pair[1])) for row, pair in zip(rows, run.pairs, strict=False))
    for source, target, places in rows[:20]:
        # a sentence that another follows was guessed at alone, as if nothing came after it
        assert len(places) == len(target) + 1
        ids, shares = (part[torch.tensor(places)] for part in run.guess)
        assert shares.float().sum(1) == pytest.approx([1.0] * len(places), abs=2e-3)
        whose = [
            next((pair, place - span.start) for pair, span in run.places.items() if place in span) for place in places
        ]
        assert [[*run.pieces.encode(pair[1]), END][at] for pair, at in whose] == [*target, END]
        pair = run.pieces.decode(source), run.pieces.decode(target)
        if pair in run.places:
            logits, _ = translation_crew.predicted(model, [(source, target)])
            for logit, row, share in zip(logits, ids.long(), shares.float(), strict=True):
                expected = logit.softmax(-1)[row] / logit.softmax(-1)[row].sum()
                assert share.numpy() == pytest.approx(expected.numpy(), abs=0.02)  # half precision


def test_a_third_course_reads_what_was_written_in_the_second_and_guesses_anew(data, monkeypatch):
    second = course()
    third = replace(second, before=dict(before=second.before, anew=True), anew=False)
    run = Run("third", third, data)
    run.course_before()
    written = torch.load(data / "runs" / "translation_third_before" / "lessons.pt", weights_only=True)
    monkeypatch.delattr(translation, "told")  # nothing is translated again
    run.lessons()
    assert run.said == written["said"]
    assert run.guess[1].shape == written["guess"][1].shape and not torch.equal(run.guess[1], written["guess"][1])
    assert run.log["before"] > Run("third_before_before", replace(second, before=None), data).log["step"] > 0


def test_the_loss_of_a_second_course_is_that_of_the_mixed_targets(data):
    run = Run("mixed", course(), data)
    run.course_before()
    run.lessons()
    batch = examples(run.plan, run.pieces, run.pairs, 0, run.said, run.places)[:6]
    run.model.eval()
    total = pieces = 0
    for source, target, places in batch:
        logits, said = translation_crew.predicted(run.model, [(source, target)])
        wanted = torch.zeros_like(logits)
        for row, place, piece in zip(wanted, places, said, strict=True):
            row[run.guess[0][place].long()] += 0.6 * run.guess[1][place].float()
            row[piece] += 0.4
        total += -(wanted * logits.log_softmax(-1)).sum().item()
        pieces += len(said)
    assert run.loss(batch).item() == pytest.approx(total / pieces, rel=1e-4)


def test_a_crew_guesses_the_mean_of_its_networks(data):
    runs = [Run(f"one{seed}", tiny(seed=seed), data) for seed in (1, 2)]
    nets = [translation_crew.translator(run.averaged()) for run in runs]
    sources = [runs[0].pieces.encode(pair[0]) for pair in runs[0].pairs[:3]]
    crew, pieces = translation_crew.Crew(nets), torch.tensor([2, 2, 2])
    memory = crew.encode(sources).rows(torch.tensor([2, 0, 1]))
    logp, state, _ = crew.advance(pieces, crew.start(memory), memory)
    logp, _, _ = crew.advance(torch.tensor([9, 8, 7]), crew.select(state, torch.tensor([1, 1, 0])), memory)
    mean = 0
    for net in nets:
        own = net.encode(sources).rows(torch.tensor([2, 0, 1]))
        _, state, _ = net.advance(pieces, net.start(own), own)
        mean = mean + net.advance(torch.tensor([9, 8, 7]), net.select(state, torch.tensor([1, 1, 0])), own)[0].exp() / 2
    assert torch.allclose(logp.exp(), mean, atol=1e-6)


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
    plan = replace(base, shape=shape, vocab=330, tokens=256, warm=10, epochs=1, before=None, crew=(), trust=0.0)
    run = Run(f"{name}_tiny", plan, data)
    run.train()
    translation_publish.publish(name, run)
    (file,) = weights.manifest(folder)
    entry = weights.manifest(folder)[file]
    assert (folder / file).stat().st_size == entry["size"]
    assert entry["numbers"] == entry["parameters"]
    loaded = interpreter.__wrapped__(file)
    mine = translation_publish.as_shipped(name, run)
    ours, theirs = (one.net.model.state_dict() for one in (mine, loaded))
    assert ours.keys() == theirs.keys()
    assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    rows = [tuple(map(run.pieces.encode, pair)) for pair in run.dev[:5]]
    assert [loaded.read(source) for source, _ in run.dev[:5]] == [row[0] for row in rows]
    # what hardly learned has ties: its translations may differ by a rounding, its probabilities may not
    said = [translation_crew.predicted(one.net.model, rows)[0] for one in (mine, loaded)]
    torch.testing.assert_close(*said)
    assert "BLEU, one reference" in json.dumps(entry["metrics"])
    assert [value for _, value in entry["by_length"]] == [
        row["value"] for row in entry["metrics"] if "source words" in row["name"]["en"]
    ]
    assert math.log(1 / len(run.pieces)) < entry["doubt"] < 0
    if plan.languages == ("en", "fr"):  # the counted links stand beside the annotators'
        (row,) = json.loads((tmp_path / "gold.json").read_text())
        assert {tuple(link) for link in row["ibm1"]} >= {(1, 1), (2, 2)}


REAL = weights.FOLDER


def test_one_of_fifty_translations_is_as_improbable_as_the_doubt():
    """Of the network that ships, whose choices are clear; each sentence alone and step by step."""
    who = interpreter("translation_en_fr_attention.safetensors")
    sources = [row["english"] for row in json.loads(translation_publish.GOLD.read_text(encoding="utf-8"))]
    means = []
    for pieces in map(who.read, sources):
        steps = list(unroll(who.net, who.net.encode([pieces]), Sampling(0.0)))
        means.append(sum(step.logp for step in steps) / len(steps))
    assert translation_publish.doubt(who, sources, 7) == pytest.approx(np.quantile(means, 0.02), abs=1e-3)


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
