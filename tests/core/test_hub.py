"""Models from elsewhere: a tiny Marian model in the hub's form, made here, beside the library's own way to run it."""

import json
import time

import huggingface_hub
import pytest
import sentencepiece
import torch
from transformers import MarianConfig, MarianMTModel, MarianTokenizer

from core import hub
from core.complaint import Complaint
from core.decoding import unroll
from core.sampling import Sampling
from core.subwords import PAD, START

TEXTS = ["the cat sits on the mat", "a dog sees the big cat", "le chat est assis", "un chien voit le gros chat"] * 20
SENTENCE = "the dog sits"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of 28 pieces as somebody would upload it: two sentencepiece files, one vocabulary, padding last."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "texts").write_text("\n".join(TEXTS))
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "texts"), model_prefix=str(folder / side), vocab_size=28, minloglevel=2
        )
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    known = [pieces.id_to_piece(i) for i in range(28)]
    names = ["</s>", "<unk>", *(name for name in known if name not in ("<s>", "</s>", "<unk>")), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    settings = dict(source_lang="en", target_lang="fr", tokenizer_class="MarianTokenizer")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    torch.manual_seed(8)
    last = len(names) - 1
    config = MarianConfig(
        vocab_size=len(names), d_model=16, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=16, decoder_ffn_dim=16,
        encoder_attention_heads=2, decoder_attention_heads=2, init_std=0.9, pad_token_id=last, eos_token_id=0,
        decoder_start_token_id=last, forced_eos_token_id=None, max_position_embeddings=64, bos_token_id=None,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)
    return folder


@pytest.mark.filterwarnings("ignore:Recommended")
def test_its_probabilities_are_those_of_the_library(folder):
    who = hub.load.__wrapped__(folder, "somebody/tiny")
    model, tokenizer = MarianMTModel.from_pretrained(folder), MarianTokenizer.from_pretrained(folder)
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


def test_words_and_text_come_back(folder):
    who = hub.load.__wrapped__(folder, "somebody/tiny")
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
            raise OSError("no route")

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
