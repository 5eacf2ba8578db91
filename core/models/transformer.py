"""A small transformer of the Marian architecture (Vaswani et al. 2017; Junczys-Dowmunt et al. 2018).

The network is `MarianMTModel` of the `transformers` library, so the code that runs the small model trained here runs
any of the hub's Marian models too. This file fixes the small shape and lets it answer the questions that
`core/decoding.py` asks.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import MarianConfig, MarianMTModel
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput
from transformers.utils import logging

from core.subwords import END, PAD, START

LONGEST = 200
"""Pieces that the small model has positions for."""


def small(vocab: int, width: int = 256, layers: int = 3, inner: int = 512, heads: int = 4, dropout: float = 0.1):
    """A new, untrained model: `layers` in encoder and decoder, one matrix for all piece vectors (tied).

    vocab: pieces. width: of every vector. inner: of the feed-forward part. heads: of every attention.
    """
    config = MarianConfig(
        vocab_size=vocab,
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_ffn_dim=inner,
        decoder_ffn_dim=inner,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        dropout=dropout,
        attention_dropout=dropout,
        activation_dropout=dropout,
        activation_function="relu",
        init_std=width**-0.5,
        scale_embedding=True,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        max_position_embeddings=LONGEST,
        pad_token_id=PAD,
        eos_token_id=END,
        bos_token_id=START,
        decoder_start_token_id=START,
        forced_eos_token_id=None,
        attn_implementation="eager",
    )
    return MarianMTModel(config)


def from_folder(folder: Path, use_safetensors: bool | None = None) -> MarianMTModel:
    """The model in a folder of the library's form, quietly, and with attention that can be looked at.

    use_safetensors: True refuses every other form of weights.
    """
    logging.disable_progress_bar()
    return MarianMTModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=use_safetensors, attn_implementation="eager", dtype="float32"
    )


CACHE = "cache" if "cache" in inspect.signature(MarianMTModel.forward).parameters else "past_key_values"
"""What the library calls the cache of keys and values: the first since 5.24."""


@dataclass(frozen=True)
class Memory:
    """Encoded sources: states (batch, source, width) and mask (batch, source), 1 where a piece stands."""

    states: Tensor
    mask: Tensor

    def rows(self, index: Tensor) -> "Memory":
        """The memories of these batch rows."""
        return Memory(self.states[index], self.mask[index])


class MarianTranslator:
    """A Marian model as `core.decoding.Translator` wants it.

    theirs: (pieces,), what the model calls each of our piece numbers, for one that was trained elsewhere.
    """

    def __init__(self, model: MarianMTModel, theirs: Tensor | None = None):
        self.model = model.eval().requires_grad_(False)
        self.theirs = torch.arange(model.config.vocab_size) if theirs is None else theirs
        self.never = [PAD] if theirs is None else [PAD, START]  # elsewhere the start sign is the padding

    @torch.inference_mode()
    def encode(self, sources: Sequence[Sequence[int]]) -> Memory:
        """Reads sources, each a list of pieces without end sign."""
        rows = [[*source, END] for source in sources]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])  # (batch, source)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        states = self.model.get_encoder()(input_ids=self.theirs[ids], attention_mask=mask).last_hidden_state
        return Memory(states, mask)

    def start(self, memory: Memory) -> EncoderDecoderCache:
        """The empty cache of keys and values, which is all the state a transformer has."""
        return EncoderDecoderCache(DynamicCache(), DynamicCache())

    def select(self, state: EncoderDecoderCache, index: Tensor) -> EncoderDecoderCache:
        """The cache with other batch rows; changes and returns `state`."""
        state.reorder_cache(index)
        return state

    def advance(
        self, pieces: Tensor, state: EncoderDecoderCache, memory: Memory, weights: Tensor | None = None
    ) -> tuple[Tensor, Any, Tensor]:
        """One piece further. Attention is that of the decoder to the source, (batch, layers, heads, source).

        Raises:
            ValueError: `weights` were given; six attentions in a row cannot be replaced by one.
        """
        if weights is not None:
            raise ValueError("a transformer's attention cannot be replaced by one row of weights")
        out = self.model(
            encoder_outputs=BaseModelOutput(last_hidden_state=memory.states),
            attention_mask=memory.mask,
            decoder_input_ids=self.theirs[pieces][:, None],
            use_cache=True,
            output_attentions=True,
            **{CACHE: state},
        )
        attention = torch.stack([layer[:, :, 0] for layer in out.cross_attentions], 1)
        logits = out.logits[:, 0, self.theirs]  # a copy
        logits[:, self.never] = -torch.inf
        return logits.log_softmax(-1), state, attention  # the cache has grown in place
