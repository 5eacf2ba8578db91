"""One running gallery for all tests that need one."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.py does, before numpy comes in
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Workers that start their galleries at the same moment must not look for a free port among the same ones.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
os.environ.setdefault("GRADIO_SERVER_PORT", str(7900 + 100 * WORKER))

import json

import pytest

TEXTS = ["the cat sits on the mat", "a dog sees the big cat", "le chat est assis", "un chien voit le gros chat"] * 20


@pytest.fixture(scope="session")
def address():
    """Address of the real app, started as `python app.py` starts it."""
    import app

    gallery = app.create_app()
    _, url, _ = gallery.launch(**app.launch_options(), prevent_thread_lock=True, quiet=True)
    yield url
    gallery.close()


@pytest.fixture(scope="session")
def marian(tmp_path_factory):
    """A model of 28 pieces as somebody would upload it: two sentencepiece files, one vocabulary, padding last."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel

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
