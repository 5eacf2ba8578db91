"""Models from elsewhere: a tiny Marian model in the hub's form, made here, beside the library's own way to run it."""

import time

import huggingface_hub
import pytest
import torch
from transformers import MarianMTModel, MarianTokenizer

from core import hub
from core.complaint import Complaint
from core.decoding import unroll
from core.sampling import Sampling
from core.subwords import PAD, START

SENTENCE = "the dog sits"


@pytest.mark.filterwarnings("ignore:Recommended")
def test_its_probabilities_are_those_of_the_library(marian):
    who = hub.load.__wrapped__(marian, "somebody/tiny")
    model, tokenizer = MarianMTModel.from_pretrained(marian), MarianTokenizer.from_pretrained(marian)
    ids = tokenizer(SENTENCE, return_tensors="pt")
    source, target = who.read(SENTENCE), who.read("le chat voit")
    assert [*who.pieces.theirs[source].tolist(), tokenizer.eos_token_id] == ids["input_ids"][0].tolist()
    given = torch.tensor([[model.config.pad_token_id, *who.pieces.theirs[target].tolist()]])
    with torch.inference_mode():
        logits = model(**ids, decoder_input_ids=given).logits[0]  # (target + 1, pieces)
        logits[:, model.config.pad_token_id] = -torch.inf
        expected = logits.log_softmax(-1)
    ours = [number for number in range(len(who.pieces)) if number not in (PAD, START)]
    steps = list(unroll(who.net, who.net.encode([source]), Sampling(0.0), prefix=target, limit=len(target)))
    for step, row in zip(steps, expected, strict=False):
        assert step.logp == pytest.approx(row[who.pieces.theirs[step.piece]].item(), abs=1e-4)
        best = {(int(who.pieces.theirs[piece]), round(p, 4)) for piece, p in step.rivals}
        top = row.exp().topk(len(best))
        assert best == {(i, round(p, 4)) for i, p in zip(top.indices.tolist(), top.values.tolist(), strict=True)}
    assert steps[0].attention.shape == (2, 2, len(source) + 1)
    assert sorted(who.pieces.theirs[ours].tolist()) == list(range(len(tokenizer) - 1))  # everything but the padding


def test_words_and_text_come_back(marian):
    who = hub.load.__wrapped__(marian, "somebody/tiny")
    pieces = who.read(SENTENCE)
    assert who.pieces.decode(pieces) == SENTENCE
    words, owners = who.pieces.words(pieces, "en")
    assert words == ["the", "dog", "sits"] and owners[0] == 0 and owners[-1] == 2
    assert (who.source, who.target) == ("en", "fr")


def test_another_kind_of_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(Complaint, match="not a Marian model"):
        hub.load.__wrapped__(tmp_path, "somebody/bert")


PATHS = ["/etc/passwd", "../x/y", "a/../b", "a/b/c", "a..b/c", "~/x", "a\\b/c", "a/b\x00"]


@pytest.mark.parametrize("name", [*PATHS, "", "x", 5, None, "a/" + "b" * 200])
def test_names_that_are_paths_or_nothing(name):
    with pytest.raises(Complaint, match="owner/name"):
        hub.checked(name)


def test_offline_says_so(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Complaint, match=r"runs offline.*HF_HUB_OFFLINE=0"):
        list(hub.fetch("Helsinki-NLP/opus-mt-en-fr"))


def test_no_connection_says_so(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)

    class Unreachable:
        def model_info(self, *_, **__):
            raise ConnectionRefusedError("no route")

    monkeypatch.setattr(huggingface_hub, "HfApi", Unreachable)
    with pytest.raises(Complaint, match="does not answer"):
        list(hub.fetch("somebody/tiny"))


@pytest.mark.parametrize(
    ("size", "files", "sentence"), [(9e9, True, "at most 1,500"), (5, False, "not a Marian model")]
)
def test_what_is_too_large_or_another_thing_is_not_fetched(monkeypatch, size, files, sentence):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    _answers(monkeypatch, {"model.safetensors": size} | ({"source.spm": 1} if files else {}))
    with pytest.raises(Complaint, match=sentence):
        list(hub.fetch("somebody/tiny"))


def test_progress_is_told_while_it_comes(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    _answers(monkeypatch, {"model.safetensors": 900, "source.spm": 100, "tf_model.h5": 10**10})
    asked = []

    def slowly(name, allow_patterns, tqdm_class):

        asked.extend(allow_patterns)
        bar = tqdm_class(total=1000, unit="B")
        for _ in range(4):
            time.sleep(0.15)
            bar.update(250)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", slowly)
    seen = list(hub.fetch("somebody/tiny"))
    assert sorted(asked) == ["model.safetensors", "source.spm"]
    assert seen == sorted(seen) and seen[-1] == (1000, 1000)
    assert any(0 < come < 1000 for come, _ in seen)


def _answers(monkeypatch, sizes):
    """A hub that knows one model with files of these sizes."""

    class File:
        def __init__(self, name, size):
            self.rfilename, self.size = name, size

    class Api:
        def model_info(self, *_, **__):
            return type("Info", (), {"siblings": [File(*pair) for pair in sizes.items()]})

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
