"""The translation room's own functions on tiny untrained networks: shapes, sums, forced beginnings, limits."""

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch

from core import hub
from core.complaint import Complaint
from core.decoding import Beam
from core.models.seq2seq import Config, RecurrentTranslator, Seq2Seq
from core.models.transformer import MarianTranslator, small
from core.subwords import END, Subwords
from core.translators import Interpreter
from core.typography import normalise
from demos.translation import align, compare, elsewhere, hold, models, need, room, translate
from demos.translation.examples import examples, references
from demos.wording import labels

TEXTS = ["The cat sits on the mat.", "Do you see the dog?", "Le chat est assis.", "Vois-tu le chien ?", "猫坐着."] * 9
KINDS = [("en-fr", "fixed"), ("en-fr", "attention"), ("en-fr", "transformer"), ("en-zh", "attention")]


@pytest.fixture(scope="module")
def pieces():
    return Subwords.learn(TEXTS, 330)


@pytest.fixture(autouse=True)
def tiny(monkeypatch, pieces):
    """Untrained stand-ins for the four files."""

    def stand_in(file: str) -> Interpreter:
        torch.manual_seed(1)
        if "marian" in file:
            net = MarianTranslator(small(330, width=16, layers=2, inner=16, heads=2))
        else:
            model = Seq2Seq(Config(330, attention="fixed" not in file, embed=12, encoder=8, decoder=12))
            model.bias[END] = -3.0  # long enough to look at
            net = RecurrentTranslator(model.requires_grad_(False))
        return Interpreter(file, "en", "zh" if "zh" in file else "fr", pieces, net)

    torch.set_grad_enabled(False)
    monkeypatch.setattr(models, "interpreter", stand_in)
    for module in (models, translate, hold, need, compare):
        monkeypatch.setattr(module, "MOST", 40)
    yield
    torch.set_grad_enabled(True)


@pytest.mark.parametrize(("pair", "model"), KINDS)
@pytest.mark.parametrize("decoder", translate.DECODERS)
def test_every_model_with_every_decoder(pair, model, decoder, monkeypatch):
    monkeypatch.setattr(translate, "paced", lambda steps: (([step], 0.0) for step in steps))  # each step is told
    states = list(translate.compute("Do you see the cat?", pair, model, decoder, 3, 0.9, seed=4))
    last = states[-1]
    assert last["done"] and not any(state["done"] for state in states[:-1])
    length, source = len(last["target"]["pieces"]), len(last["source"]["pieces"])
    assert [len(state["logp"]) for state in states[:-1]] == list(range(1, length + 1))
    assert len(last["logp"]) == len(last["rivals"]) == length
    if model == "fixed":
        assert last["attention"] is None
        other = list(translate.compute("The cat sits.", pair, model))[-1]
        assert len(last["vector"]) == len(other["vector"]) == 16 and last["vector"] != other["vector"]
    else:
        weights = np.array(last["attention"])
        assert weights.shape == ((2, 2) if model == "transformer" else (1, 1)) + (length, source)
        assert np.abs(weights.sum(-1) - 1000).max() <= source
    for side in ("source", "target"):
        sheet = last[side]
        assert len(sheet["pieces"]) == len(sheet["ids"]) == len(sheet["owners"])
        assert max(sheet["owners"]) == len(sheet["words"]) - 1
    again = list(translate.compute("Do you see the cat?", pair, model, decoder, 3, 0.9, seed=4))[-1]
    assert again == last


def test_a_click_on_a_rival_goes_on_from_there():
    first = list(translate.compute("Do you see the cat?"))[-1]
    rival = first["rivals"][2][1][0]
    prefix = [*first["target"]["ids"][:2], rival]
    for decoder in translate.DECODERS:
        other = list(translate.compute("Do you see the cat?", decoder=decoder, prefix=prefix, seed=1))[-1]
        assert other["target"]["ids"][:3] == prefix
        assert other["prefix"] == 3


def test_the_tree_holds_the_translations():
    last = list(translate.compute("The cat", decoder="beam", width=3))[-1]
    branches, ends = last["beam"]["branches"], last["beam"]["ends"]
    assert ends[0][0] == last["text"]
    assert [score for _, _, score in ends] == sorted((score for _, _, score in ends), reverse=True)
    for parent, _, share, _ in branches:
        assert -1 <= parent < len(branches) and 0 <= share <= 1000


def test_a_translation_in_several_spellings_counts_once():
    who = SimpleNamespace(said=lambda pieces: "a cat" if len(pieces) < 3 else "a dog")
    beam = Beam([[5], [7, 8, 9], [5, 6], [8]], [-1.0, -3.0, -2.5, -2.0], [-0.5, -0.75, -0.9, -1.0])
    assert translate.tree(who, beam)["ends"] == [["a cat", -1.0, -0.5], ["a dog", -3.0, -0.75]]


def test_words_carry_the_marks_of_their_language():
    parts = ["他", "有", "3", ".", "5", "元", ",", "▁", "吗", "?", "▁."]
    assert translate.printed(parts, "zh") == ["他", "有", "3", ".", "5", "元", "，", "▁", "吗", "？", "▁。"]
    assert translate.printed(["l'", "eau", "."], "fr") == ["l'", "eau", "."]


@pytest.fixture(scope="module")
def built():
    """The room as it is built, and its functions by what sets them off."""
    with gr.Blocks() as app:
        made = room.build()
    heard = {target: fn.fn for fn in app.fns.values() for target in fn.targets}
    return made, lambda component, event: heard[component._id, event]


def given(sentence="The cat sits.", pair="en-fr", model="attention", decoder="greedy"):
    return sentence, pair, model, decoder, 3, 0.8, 7


@pytest.mark.parametrize("part", room.HEARS)
def test_a_sentence_that_is_refused_leaves_no_picture_of_the_one_before(built, part):
    made, heard = built
    told = heard(made.links["decoder"].component, "input")(None, part, {}, *given("word " * 100))
    update = {key: value for key, value in next(told).items() if not isinstance(key, gr.State)}
    ((why, sentence),) = next(value for value in update.values() if value).items()
    assert why == "refused" and "at most 400" in sentence[0] and "400" in sentence[1]
    assert sum(value is None for value in update.values()) == {"translate": 1, "hold": 1}.get(part, 0)
    with pytest.raises(gr.Error, match="at most 400"):
        next(told)


def test_the_first_answer_brings_the_networks_there_are(built):
    made, heard = built
    model = made.links["model"].component
    for pair, kinds in (("en-fr", list(models.KINDS)), ("en-zh", ["attention"])):
        update = next(heard(made.stage, "start")(None, "translate", {}, *given(pair=pair)))
        assert [kind for _, kind in update[model].choices] == kinds
        update = next(heard(made.parts[1]["hold"], "select")(None, {}, *given(pair=pair)))
        assert [kind for _, kind in update[model].choices] == kinds
    assert model not in next(heard(made.parts[1]["hold"], "select")(None, {"translate": given()}, *given()))


@pytest.mark.parametrize(("setting", "decoder"), [("width", "beam"), ("temperature", "sample")])
@pytest.mark.parametrize("event", ["input", "release"])
def test_a_slider_is_heard_by_its_decoder_once(built, setting, decoder, event):
    made, heard = built
    moved = heard(made.links[setting].component, event)
    now, nothing = given(decoder=decoder), [gr.skip()]
    assert list(moved(None, "translate", {"translate": given()}, *now)) != nothing
    assert list(moved(None, "translate", {"translate": now}, *now)) == nothing
    assert list(moved(None, "need", {}, *now)) == nothing
    assert list(moved(None, "translate", {}, *given())) == nothing


def test_a_link_brings_a_sentence_of_any_length_and_the_box_says_its_limit(built):
    long = "word " * 200
    assert built[0].links["sentence"].parse(long) == long
    assert all(str(models.LONGEST) in text for text in labels()["translation.sentence"])


@pytest.mark.parametrize("shape", ["focus", "uniform", "diagonal", "frozen"])
def test_held_rows_are_what_was_asked(shape):
    last = list(hold.compute("Do you see the cat?", shape=shape, step=0, word=2))[-1]
    weights = np.array(last["attention"])[0, 0]
    assert last["held"] == list(range(min(len(weights), len(last["held"]))))
    if shape == "uniform":
        assert np.ptp(weights) <= 1
    if shape == "frozen":
        assert (weights == weights[0]).all()
    if shape == "focus":
        owners = np.array(last["source"]["owners"])
        assert np.abs(weights[:, owners == 1].sum(1) - 1000).max() <= 3


def test_only_one_row_is_held():
    free = list(translate.compute("Do you see the cat?"))[-1]
    last = list(hold.compute("Do you see the cat?", step=2, word=1))[-1]
    assert last["held"] == [1]
    assert last["attention"][0][0][0] == free["attention"][0][0][0]
    assert last["attention"][0][0][1] != free["attention"][0][0][1]


@pytest.mark.parametrize(("pair", "model"), KINDS)
def test_what_is_needed(pair, model):
    out = need.compute("Do you see the cat?", pair, model)
    drops = np.array(out["drops"])
    assert drops.shape == (len(out["target"]), len(out["source"]))
    if model == "fixed":
        assert out["agreement"] is None and out["attention"] is None
    else:
        looked = np.array(out["attention"])
        assert looked.shape == drops.shape
        needy = drops.max(1) >= 10  # hundredths
        assert out["needy"] == np.flatnonzero(needy).tolist()
        if needy.any():
            same = (looked.argmax(1) == drops.argmax(1))[needy].mean()
            assert out["agreement"] == pytest.approx(same, abs=0.5 / needy.sum() + 0.001)  # both are rounded
        else:
            assert out["agreement"] is None


def test_given_rows_are_used_as_they_are_and_the_others_stay_free():
    free = list(hold.compute("Do you see the cat?", shape="none"))[-1]
    assert free["held"] == [] and free["attention"] == list(translate.compute("Do you see the cat?"))[-1]["attention"]
    length = len(free["source"]["pieces"])
    row = [0.0] * length
    row[1], row[2] = 3, 1
    last = list(hold.compute("Do you see the cat?", shape="given", weights=[None, row]))[-1]
    assert last["held"] == [1]
    assert last["attention"][0][0][0] == free["attention"][0][0][0]
    assert last["attention"][0][0][1][:4] == [0, 750, 250, 0]


def test_a_sentence_is_read_once_whatever_is_done_with_it(monkeypatch):
    who = models.find("en-fr", "attention")
    monkeypatch.setattr(models, "interpreter", lambda file: who)
    asked, encode = [], who.net.encode
    monkeypatch.setattr(who.net, "encode", lambda sources: asked.append(len(sources)) or encode(sources))
    for decoder in translate.DECODERS:
        list(translate.compute("Do you see the dog?", decoder=decoder))
    list(hold.compute("Do you see the dog?", shape="uniform"))
    assert asked == [1]
    need.compute("Do you see the dog?")
    assert asked == [1, 7]  # the sentence and what is left without each of its six words, in one batch
    list(translate.compute("Do you see the cat?"))
    assert asked == [1, 7, 1]


def test_three_networks_side_by_side():
    out = compare.compute("Do you see the cat?")
    assert [one["model"] for one in out["networks"]] == list(models.KINDS)
    assert out["words"] == 5
    for one in out["networks"]:
        assert one["text"] == (list(translate.compute("Do you see the cat?", "en-fr", one["model"]))[-1]["text"])
        if one["model"] == "fixed":
            assert one["weights"] is None
        elif one["weights"] is not None:
            weights = np.array(one["weights"])
            assert weights.shape == (len(one["target"]), len(one["source"]))
            assert weights.sum(1).max() <= 1000 + len(one["source"])
    for curve in out["curves"]:
        lengths = [words for words, _ in curve["points"]]
        assert lengths == sorted(lengths) and len(lengths) >= 5


def test_examples_are_held_out_and_known_again():
    for pair in models.PAIRS:
        assert len(examples(pair)) >= 6
        for row in examples(pair).values():
            assert references(pair, f"  {row['sentence']} ") == row["references"] != []
            target = "zh" if pair == "en-zh" else "fr"
            assert all(normalise(text, target) for text in row["references"])
    assert {"long", "adjective", "question", "negation", "gender", "name", "number"} <= set(examples("en-fr"))
    assert references("en-fr", "This stands nowhere.") == []


def test_your_links_are_measured():
    covered = align.compute(1)
    assert "sure" not in covered and covered["count"] == 60
    row = align.sentences()[0]
    perfect = align.compute(1, row["sure"])
    assert perfect["errors"]["you"] == 0
    sure = {tuple(link) for link in row["sure"]}
    ibm = {tuple(link) for link in row["ibm1"]}
    both = sure | {tuple(link) for link in row["possible"]}
    assert perfect["errors"]["ibm1"] == pytest.approx(
        1 - (len(ibm & sure) + len(ibm & both)) / (len(ibm) + len(sure)), abs=1e-3
    )
    assert align.compute(1, [[0, 7]])["errors"]["you"] == 1
    for name, (hits, of) in perfect["counts"].items():
        assert perfect["errors"][name] == pytest.approx(1 - hits / of, abs=1e-3)
    assert len(perfect["model"]) == len(perfect["target"])  # one source word for each


@pytest.mark.parametrize("number", [0, 61, "1", None, float("nan"), 1.5])
def test_sentences_that_are_not_there(number):
    with pytest.raises(Complaint, match="number of the sentence"):
        align.compute(number)


@pytest.mark.parametrize("links", ["x", [[0]], [[0, 99]], [[-1, 0]], [[0.5, 0]], [[True, 0]], [0], [[0, 0]] * 9999])
def test_links_that_do_not_fit(links):
    with pytest.raises(Complaint, match="links must be"):
        align.compute(1, links)


NAN = float("nan")


@pytest.mark.parametrize(
    "weights",
    [
        None,
        5,
        "x",
        [[1.0]],
        [[0.0] * 9],
        [[-1.0] * 9],
        [[NAN] * 9],
        [[float("inf")] * 9],
        [["1"] * 9],
        [[True] * 9],
        [[1e308] * 9],
        [1],
        [None] * 500,
    ],
)
def test_weights_that_are_none(weights):
    last = list(translate.compute("Do you see the cat?"))[-1]
    nine = len(last["source"]["pieces"])
    if isinstance(weights, list) and weights and isinstance(weights[0], list) and len(weights[0]) == 9:
        weights = [weights[0][:1] * nine]
    with pytest.raises(Complaint, match="weights must be"):
        list(hold.compute("Do you see the cat?", shape="given", weights=weights))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (dict(sentence=""), "nothing to translate"),
        (dict(sentence=" \u200b\x00 "), "nothing to translate"),
        (dict(sentence="word " * 5000), "at most 400 characters"),
        (dict(sentence="😀" * 100), "comes apart into 401 pieces"),
        (dict(sentence=5), "must be text"),
        (dict(sentence="a", pair="fr-en"), "must be one of en-fr, en-zh"),
        (dict(sentence="a", pair="en-zh", model="fixed"), "only the model with attention"),
        (dict(sentence="a", model="../x"), "must be one of"),
        (dict(sentence="a", decoder="x"), "must be one of"),
        (dict(sentence="a", width=9), "from 1 to 8"),
        (dict(sentence="a", temperature=float("nan")), "Temperature"),
        (dict(sentence="a", seed=-1), "seed"),
        (dict(sentence="a", prefix=[10**9]), "list of at most"),
        (dict(sentence="a", prefix=[True]), "list of at most"),
        (dict(sentence="a", prefix="abc"), "list of at most"),
        (dict(sentence="a", prefix=[5] * 500), "list of at most"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(Complaint, match=sentence) as caught:
        list(translate.compute(**call))
    assert "\n" not in str(caught.value) and caught.value.zh


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (dict(sentence="the cat", shape="round"), "shape"),
        (dict(sentence="the cat", word=4), "from 1 to 3"),
        (dict(sentence="the cat", step=-1), "step"),
        (dict(sentence="the cat", word=float("nan")), "word"),
    ],
)
def test_bad_holds_get_one_sentence(call, sentence):
    with pytest.raises(Complaint, match=sentence):
        list(hold.compute(**call))


@pytest.mark.parametrize(
    "odd", ["<script>alert(1)</script>", "{{7*7}} ${x} `y`", "שלום مرحبا", "日本語", "e\u0301", "</s> <s>"]
)
def test_odd_sentences_are_translated_like_any_other(odd):
    last = list(translate.compute(odd))[-1]
    assert last["done"]
    assert last["source"]["pieces"][-1] == "■"


def test_a_model_from_elsewhere_is_used_like_the_others(monkeypatch, marian):
    monkeypatch.setattr(hub, "on_disk", lambda name: marian if name == "somebody/tiny" else None)
    hub.load.cache_clear()
    (state,) = elsewhere.compute(" somebody/tiny ")
    assert state["ready"] and state["name"] == "somebody/tiny"
    for decoder in translate.DECODERS:
        last = list(translate.compute("the dog sits", model="hub:somebody/tiny", decoder=decoder, seed=1))[-1]
        weights = np.array(last["attention"])
        assert weights.shape == (2, 2, len(last["target"]["pieces"]), len(last["source"]["pieces"]))
        assert last["source"]["words"] == ["the", "dog", "sits", "■"]
    assert need.compute("the dog sits", model="hub:somebody/tiny")["source"] == ["the", "dog", "sits"]
    with pytest.raises(Complaint, match="not been fetched"):
        list(translate.compute("the dog", model="hub:somebody/else"))
    with pytest.raises(Complaint, match="owner/name"):
        list(translate.compute("the dog", model="hub:../../etc"))
    hub.load.cache_clear()
