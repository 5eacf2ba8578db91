"""The translation tab through its client, on the weights that ship: what a program gets, and what it gets told."""

import json
import math
import urllib.request

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

COAT = "He put on the black coat."


@pytest.fixture(scope="module")
def client(address):
    return Client(address, verbose=False)


def translate(client, sentence=COAT, **changes):
    given = dict(
        sentence=sentence,
        pair="en-fr",
        model="attention",
        decoder="greedy",
        width=4,
        temperature=0.8,
        seed=7,
        prefix=None,
    )
    return client.predict(*(given | changes).values(), api_name="/translation")


@pytest.mark.parametrize(
    ("pair", "model"), [("en-fr", "fixed"), ("en-fr", "attention"), ("en-fr", "transformer"), ("en-zh", "attention")]
)
def test_every_network_answers_with_tokens_scores_and_matrix(client, pair, model):
    out = translate(client, pair=pair, model=model)
    assert out["done"] and out["text"]
    length, source = len(out["target"]["pieces"]), len(out["source"]["pieces"])
    assert len(out["logp"]) == len(out["rivals"]) == length
    assert max(out["logp"]) <= 0
    assert out["target"]["words"][-2:] == ["。" if pair == "en-zh" else ".", "■"]
    if model == "fixed":
        assert out["attention"] is None
    else:
        weights = np.array(out["attention"])
        assert weights.shape[2:] == (length, source)
        assert np.abs(weights.sum(-1) - 1000).max() <= source
    for row, piece, logp in zip(out["rivals"], out["target"]["ids"], out["logp"], strict=True):
        assert [p for *_, p in row] == sorted((p for *_, p in row), reverse=True)
        assert row[0][0] == piece  # greedy
        assert row[0][2] == pytest.approx(1000 * math.exp(logp), abs=1)


def test_it_streams_a_row_at_a_time(client):
    states = list(client.submit(COAT, "en-fr", "attention", "greedy", 4, 0.8, 7, None, api_name="/translation"))
    sizes = [len(state["logp"]) for state in states]
    assert sizes == sorted(sizes) and sizes[-1] == len(states[-1]["target"]["pieces"])


def test_the_attention_of_2015_follows_the_words(client):
    """On a sentence without inversions the strongest source word moves along with the translation."""
    out = translate(client, "I can't tell you the truth.")
    rows = np.array(out["attention"])[0, 0][:-1]
    peaks = rows.argmax(1)
    assert np.corrcoef(peaks, np.arange(len(peaks)))[0, 1] > 0.6


def test_attention_helps_where_sentences_are_long(client):
    """The longest class of the cards: dev sentences joined, 19 to 26 words."""
    curves = {
        curve["model"]: dict(curve["points"])
        for curve in client.predict(COAT, api_name="/translation_compare")["curves"]
    }
    longest = {model: points[max(points)] for model, points in curves.items()}
    assert longest["attention"] > longest["fixed"]


def test_a_held_gaze_changes_the_translation(client):
    free = client.predict(COAT, "en-fr", "none", 1, 1, None, api_name="/translation_hold")
    even = client.predict(COAT, "en-fr", "uniform", 1, 1, None, api_name="/translation_hold")
    assert free["text"] != even["text"]
    assert free["text"] == translate(client)["text"]


def test_sampling_keeps_its_seed(client):
    texts = [translate(client, decoder="sample", temperature=1.3, seed=seed)["text"] for seed in (3, 3, 4, 5, 6)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


def test_references_come_with_held_out_sentences_only(client):
    assert translate(client)["references"] == ["Il a mis le manteau noir."]
    assert translate(client, "He put on a hat.")["references"] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (dict(sentence=""), "nothing to translate"),
        (dict(sentence="word " * 5000), "at most 400 characters"),
        (dict(pair="fr-en"), "must be one of"),
        (dict(model="Helsinki-NLP/../../etc/passwd"), "must be one of"),
        (dict(width=99), "from 1 to 8"),
        (dict(prefix=[[1]]), "list of at most"),
        (dict(prefix=["1"]), "list of at most"),
    ],
)
def test_bad_input_gets_one_clear_sentence(client, changes, sentence):
    with pytest.raises(AppError, match=sentence):
        translate(client, **changes)


@pytest.mark.parametrize("weights", ["[[NaN]]", "[[1, 2]]", "[[-1]]", '"x"', "{}", "[1]"])
def test_weights_over_plain_http(address, weights):
    call = f"{address}gradio_api/call/translation_hold"
    body = f'{{"data": [{json.dumps(COAT)}, "en-fr", "given", 1, 1, {weights}]}}'.encode()
    request = urllib.request.Request(call, body, {"content-type": "application/json"})
    event = json.load(urllib.request.urlopen(request))["event_id"]
    answer = urllib.request.urlopen(f"{call}/{event}").read().decode()
    assert "weights must be" in answer
    assert "Traceback" not in answer


@pytest.mark.parametrize(
    ("name", "sentence"), [("../../etc/passwd", "owner/name"), ("Helsinki-NLP/opus-mt-en-fr", "offline")]
)
def test_models_from_elsewhere_are_named_and_need_the_net(client, name, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(name, api_name="/translation_elsewhere")
