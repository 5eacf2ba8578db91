"""The running app through its programming interface: results, limits, and one clear sentence for everything else."""

import gzip
import json
import re
import time
import urllib.request

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from core.quoting import quoted
from core.reading import author


@pytest.fixture(scope="module")
def client(address):
    return Client(address, verbose=False)


def write(client, **changes):
    given = {
        "prompt": "ROMEO:\n",
        "corpus": "shakespeare",
        "temperature": 0.8,
        "top_k": 0,
        "top_p": 1.0,
        "length": 30,
        "seed": 7,
    } | changes
    return client.predict(*given.values(), api_name="/char_rnn")


def test_the_page_is_sent_small_to_whoever_can_read_it(address):
    plain, small = (
        urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": way})).read()
        for way in ("identity", "gzip")
    )
    assert b"window.gallery" in plain and len(small) < len(plain) / 2
    started = re.compile(rb'"app_id":\s*\d+|session_hash[^,]*')
    assert started.sub(b"", gzip.decompress(small)) == started.sub(b"", plain)


def test_it_writes_what_was_asked(client):
    result = write(client)
    assert "".join(result["text"]).startswith("ROMEO:\n")
    assert len(result["text"]) == 7 + 30
    assert result["done"] and result["seed"] == 7 and result["rate"] > 0
    assert len(result["nats"]) == len(result["top"]) == len(result["chance"]) == 37
    assert write(client)["text"] == result["text"]
    assert write(client, seed=8)["text"] != result["text"]


def test_it_streams(client):
    job = client.submit("", "shakespeare", 1.0, 0, 1.0, 3000, 1, api_name="/char_rnn")
    sizes = [len(state["text"]) for state in job]
    assert len(sizes) > 3
    assert sizes == sorted(sizes)
    assert sizes[0] < 1500 and sizes[-1] == 3000


def test_it_stops_when_told(client):
    job = client.submit("", "tang", 1.0, 0, 1.0, 4000, 1, api_name="/char_rnn")
    while not job.outputs() and not job.done():
        time.sleep(0.01)
    job.cancel()
    assert write(client, length=5)["done"]  # the lane is free again
    assert all(len(state["text"]) < 4000 for state in job.outputs())


@pytest.mark.parametrize("corpus", ["shakespeare", "linux", "tang"])
def test_every_author_writes(client, corpus):
    assert len(write(client, corpus=corpus, prompt="", length=20)["text"]) == 20


def test_temperature_zero_is_the_likeliest_every_time(client):
    a, b = write(client, temperature=0, seed=1), write(client, temperature=0, seed=2)
    assert a["text"] == b["text"]
    assert all(top[0][0] == char for char, top in list(zip(a["text"], a["top"], strict=True))[7:])


@pytest.mark.parametrize(
    "prompt",
    [
        "שלום abc",
        "e\u0301a",
        "a😀b",
        "日本 x",
        "tab\there",
        "<script>alert(1)</script>",
        "${alert(1)} {{7*7}} `x`",
        "\x00\x1bnul",
    ],
)
def test_odd_characters_are_dropped_and_named_and_nothing_breaks(client, prompt):
    result = write(client, prompt=prompt, length=5)
    assert len(result["text"]) == result["prompt"] + 5
    known = {char for char in prompt if char in "".join(result["text"])}
    for char in set(prompt) - known:
        if char.isprintable() and not char.isspace():
            assert char in result["unknown"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"prompt": "😀😀"}, "no character that this model knows. It never saw: 😀"),
        ({"prompt": "x" * 1_000_000}, "at most 2,000 characters; this has 1,000,000"),
        ({"prompt": 5}, "must be text"),
        ({"corpus": "bible"}, "must be one of shakespeare, linux, tang"),
        ({"corpus": "../../etc/passwd"}, "must be one of"),
        ({"corpus": "own"}, "no model of your own yet"),
        ({"temperature": -1}, "from 0 to 2; it was -1"),
        ({"temperature": "0.8"}, "must be a number"),
        ({"temperature": None}, "must be a number"),
        ({"top_p": 0}, "from 0.01 to 1"),
        ({"top_k": -5}, "Top-k"),
        ({"length": 10**9}, "from 1 to 4000"),
        ({"length": 0}, "from 1 to 4000"),
        ({"length": 3.7}, "whole number"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**30}, "seed"),
    ],
)
def test_bad_input_gets_one_clear_sentence(client, changes, sentence):
    with pytest.raises(AppError) as caught:
        write(client, **changes)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


def test_not_a_number_over_plain_http(address):
    body = b'{"data": ["x", "shakespeare", NaN, 0, 1.0, 5, 7]}'
    request = urllib.request.Request(f"{address}gradio_api/call/char_rnn", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}gradio_api/call/char_rnn/{event}") as answer:
        text = answer.read().decode()
    assert "event: error" in text
    assert "must be a number from 0 to 2; it was nan" in text


def test_errors_speak_the_visitors_language(address):
    body = json.dumps({"data": ["x", "nobody", 1, 0, 1, 5, 7]}).encode()
    headers = {"Content-Type": "application/json", "Referer": f"{address}?lang=zh"}
    request = urllib.request.Request(f"{address}gradio_api/call/char_rnn", body, headers)
    with urllib.request.urlopen(request) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}gradio_api/call/char_rnn/{event}") as answer:
        lines = answer.read().decode().splitlines()
    told = json.loads(next(line for line in lines if line.startswith("data:"))[5:])
    assert "必须是" in json.dumps(told, ensure_ascii=False)


def test_reading_climbs_the_ladder(client):
    result = client.predict(
        "First Citizen:\nBefore we proceed any further, hear me speak.", "shakespeare", api_name="/char_rnn_read"
    )
    rungs = {rung["name"]: rung["nats"] for rung in result["ladder"]}
    assert rungs["uniform"] == pytest.approx(4.174, abs=0.001)
    assert rungs["uniform"] > rungs["2-gram"] > rungs["5-gram"]
    assert rungs["model"] < rungs["2-gram"]
    assert rungs["model"] < rungs["linux"]
    assert result["nats"] and sum(result["nats"]) / len(result["nats"]) == pytest.approx(rungs["model"], abs=0.01)


def test_who_knows_no_character_of_a_text_is_said_to_know_none(client):
    rungs = {rung["name"]: rung for rung in client.predict("明月。", "tang", api_name="/char_rnn_read")["ladder"]}
    assert (rungs["shakespeare"]["known"], rungs["shakespeare"]["nats"]) == (0, None)
    assert rungs["model"]["known"] == 3


def test_reading_nothing_gets_a_sentence(client):
    with pytest.raises(AppError, match="is empty"):
        client.predict("", "shakespeare", api_name="/char_rnn_read")


def test_a_cell_that_counts_the_line_is_found_and_can_be_held(client):
    found = client.predict("", "shakespeare", "line_position", api_name="/char_rnn_find_cells")
    cell, score = found["ranking"][0]
    assert abs(score) > 0.5
    seen = client.predict("", "shakespeare", cell, api_name="/char_rnn_cell")
    assert seen["cells"] == found["cells"]
    healthy, held = client.predict("shakespeare", cell, 0.9, "ROMEO:\n", 0.7, 120, 7, api_name="/char_rnn_surgery")
    assert healthy["text"] != held["text"]
    assert healthy["text"][:7] == held["text"][:7]


@pytest.mark.parametrize("cell", [0, 1025, -1, 2.5, "1", None])
def test_cells_that_do_not_exist_get_a_sentence(client, cell):
    with pytest.raises(AppError, match="The cell"):
        client.predict("abc", "shakespeare", cell, api_name="/char_rnn_cell")


def test_candidates_are_a_distribution(client):
    offer = client.predict("the quee", "shakespeare", api_name="/char_rnn_candidates")
    total = sum(p for _, p in offer["candidates"]) + offer["rest"]
    assert total == pytest.approx(1, abs=0.002)
    assert offer["candidates"][0][0] == "n"


def test_the_timeline_tells_a_story(client):
    story = client.predict("shakespeare", api_name="/char_rnn_history")
    losses = [shot["valid"] for shot in story["snapshots"]]
    assert 8 <= len(losses) <= 12
    assert losses[0] == pytest.approx(4.17, abs=0.1)
    assert losses[-1] == min(losses) or losses[-1] < 1.5
    assert all(len(shot["sample"]) == 400 for shot in story["snapshots"])


def test_what_was_copied_is_noticed(client):
    passage = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak."
    result = write(client, prompt="", length=5)
    assert result["quotes"] == []
    who = author("char_rnn_shakespeare.safetensors")
    (start, end), *_ = quoted(who, who.vocabulary.encode(passage)[0])
    assert end - start > 60


def test_the_interface_is_named(client):
    names = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(names) >= {
        "/char_rnn",
        "/char_rnn_read",
        "/char_rnn_cell",
        "/char_rnn_find_cells",
        "/char_rnn_surgery",
        "/char_rnn_candidates",
        "/char_rnn_history",
        "/translation",
        "/translation_hold",
        "/translation_need",
        "/translation_compare",
        "/translation_align",
        "/cnn",
        "/cnn_number",
        "/style_hands",
        "/style_paint",
        "/gan",
        "/gan_walk",
        "/gan_axes",
        "/gan_steer",
        "/gan_lab",
    }
    assert not any(name.startswith("/lambda") for name in names)


BAD = [
    ("/gan", dict(seed=-1), "seed"),
    ("/gan", dict(seed=10**12), "seed"),
    ("/gan", dict(seed="seven"), "seed"),
    ("/gan", dict(count=0), "number of pictures"),
    ("/gan", dict(count=1_000_000), "number of pictures"),
    ("/gan", dict(truncation="NaN"), "truncation"),
    ("/gan", dict(kind="eleventh"), "design"),
    ("/gan_walk", dict(held="7.1.70"), "held pictures"),
    ("/gan_axes", dict(changes={"wings": 1}), "wings"),
    ("/gan_axes", dict(held="<script>"), "held picture"),
    ("/gan_steer", dict(number=1000, who="imagenet"), "class"),
    ("/gan_things", dict(seed=-3), "seed"),
    ("/style_hands", dict(strength=50), "strength"),
    ("/style_hands", dict(picture="data:image/png;base64,AAAA"), "picture"),
    ("/cnn", dict(target=1000), "class"),
    ("/cnn_fool", dict(epsilon="NaN"), "psilon"),
]


@pytest.mark.parametrize(("name", "given", "words"), BAD, ids=lambda value: str(value)[:40])
def test_what_a_client_sends_wrongly_gets_a_sentence(client, name, given, words):
    with pytest.raises(AppError, match=f"(?i){words}") as told:
        client.predict(**given, api_name=name)
    assert "log" not in str(told.value), "a fault of the gallery, not of the client"
