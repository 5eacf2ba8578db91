"""Words in pieces: byte-pair encoding (Sennrich et al. 2016), in which nothing is ever unknown.

Frequent words are one piece, rare ones several, and a character that no piece holds becomes its UTF-8 bytes. The
work is done by Hugging Face's `tokenizers`; this adds the order of the special pieces and the way back to words.
"""

import json
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from core.typography import WORDS

PAD, END, START = 0, 1, 2
"""Piece numbers of padding, end of the text, and the sign that begins a target."""
SPECIAL = ("<pad>", "</s>", "<s>")
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))


class Subwords:
    """The pieces of a pair of languages, shared by both."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        tokenizer.encode_special_tokens = True  # "</s>" in a visitor's text is text

    @classmethod
    def learn(cls, texts: Iterable[str], size: int) -> "Subwords":
        """Learns `size` pieces from normalised texts."""
        tokenizer = Tokenizer(models.BPE(byte_fallback=True))
        # letters, digits and marks never share a piece; each may have the space before it
        split = Regex(r"▁?[\p{L}\p{M}]+|▁?\p{N}|▁?[^\p{L}\p{M}\p{N}▁]|▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Metaspace(), pre_tokenizers.Split(split, "isolated")]
        )
        tokenizer.decoder = decoders.Sequence(
            [decoders.ByteFallback(), decoders.Fuse(), decoders.Replace("▁", " "), decoders.Strip(" ", 1, 0)]
        )
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=[*SPECIAL, *BYTES], limit_alphabet=size // 2, show_progress=False
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(cls._plain_bytes(tokenizer))

    @classmethod
    def load(cls, text: str) -> "Subwords":
        """From the JSON text of a tokenizer."""
        return cls(Tokenizer.from_str(text))

    @staticmethod
    def _plain_bytes(tokenizer: Tokenizer) -> Tokenizer:
        """The same tokenizer with the bytes as ordinary pieces, which alone take part in decoding."""
        state = json.loads(tokenizer.to_str())
        state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] in SPECIAL]
        return Tokenizer.from_str(json.dumps(state))

    def __len__(self) -> int:
        return self.tokenizer.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Piece numbers of a normalised text, without end sign."""
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def sample(self, texts: list[str], skip: float) -> list[list[int]]:
        """Piece numbers of normalised texts in which each merge was skipped with chance `skip` (BPE dropout,
        Provilkov et al. 2020): another way to cut the same words every time, for training only.

        The library takes no seed for this."""
        loose = Subwords.load(self.tokenizer.to_str()).tokenizer
        loose.model.dropout = skip or None
        return [row.ids for row in loose.encode_batch_fast(texts, add_special_tokens=False)]

    def decode(self, pieces: list[int]) -> str:
        """The normalised text of pieces; special ones leave no trace, broken bytes become U+FFFD."""
        return self.tokenizer.decode(list(pieces), skip_special_tokens=True)

    def piece(self, number: int) -> str:
        """How a piece is written: "▁" is the space before it, "<0xE2>" a byte."""
        return self.tokenizer.id_to_token(number)

    def words(self, pieces: list[int], language: str) -> tuple[list[str], list[int]]:
        """Puts pieces together to words.

        Args:
            pieces: piece numbers without special ones.

        Returns:
            The words of the text (see `core.typography.WORDS`), and for each piece the number of the word in which it
            begins.
        """
        # where each piece begins in the text: the length of what comes out of the pieces before it
        text, begins = self.decode(pieces), []
        for count in range(len(pieces)):
            before = self.decode(pieces[:count]).rstrip("\ufffd")
            begin = len(before) + (self.piece(pieces[count]).startswith("▁") and count > 0)
            begins.append(max(begin, begins[-1]) if begins else begin)  # half a character decodes to less than none
        spans = [match.span() for match in WORDS[language].finditer(text)]
        if not spans:
            return [text] * bool(pieces), [0] * len(pieces)
        owners = []
        for begin in begins:
            later = [number for number, (_, end) in enumerate(spans) if begin < end]
            owners.append(later[0] if later else len(spans) - 1)
        return [text[a:b] for a, b in spans], owners
