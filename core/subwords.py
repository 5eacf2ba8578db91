"""Words in pieces: byte-pair encoding (Sennrich et al. 2016), in which nothing is ever unknown.

Frequent words are one piece, rare ones several, and a character that no piece holds becomes its UTF-8 bytes. The
work is done by Hugging Face's `tokenizers`; this adds the order of the special pieces and the way back to words.
"""

import json
import re
from collections.abc import Iterable

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from core.typography import words_of

PAD, END, START = 0, 1, 2
"""Piece numbers of padding, end of the text, and the sign that begins a target."""
SPECIAL = ("<pad>", "</s>", "<s>")
BYTE = re.compile("<0x[0-9A-F]{2}>")
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

    def spans(self, pieces: list[int]) -> tuple[str, list[tuple[int, int]]]:
        """The text of pieces (as `decode` gives it), and for each piece where in it its characters begin and end."""
        written = ["" if piece < len(SPECIAL) else self.piece(piece) for piece in pieces]
        out, ends, at = "", [], 0
        while at < len(written):
            run = at
            while run < len(written) and BYTE.fullmatch(written[run]):
                run += 1
            if run == at:
                out += written[at].replace("▁", " ")
                ends.append(len(out))
                at += 1
                continue
            data = bytes(int(piece[3:-1], 16) for piece in written[at:run])
            try:
                char = data.decode("utf-8")
                for one in char:  # the bytes of a character are empty but for the last, which is all of it
                    out += one
                    ends += [len(out) - 1] * (len(one.encode("utf-8")) - 1) + [len(out)]
            except UnicodeDecodeError:
                ends += range(len(out) + 1, len(out) + len(data) + 1)
                out += "\ufffd" * len(data)
            at = run
        cut = int(out.startswith(" "))
        begins = [0, *ends][: len(ends)]
        return out[cut:], [(max(0, a - cut), max(0, b - cut)) for a, b in zip(begins, ends, strict=True)]

    def words(self, pieces: list[int], language: str) -> tuple[list[str], list[int]]:
        """Puts pieces together to words.

        Args:
            pieces: piece numbers without end sign.

        Returns:
            The words of the text (see `core.typography.WORDS`; words that share a piece count as one), and for each
            piece the number of its word.
        """
        text, spans = self.spans(pieces)
        words = [match.span() for match in words_of(language).finditer(text)]
        if not words:
            return [text] * bool(pieces), [0] * len(pieces)
        ends = np.array([end for _, end in words])

        def word_at(position: int) -> int:
            """The first word that ends behind a position, or the last word."""
            return min(int(np.searchsorted(ends, position, "right")), len(words) - 1)

        first = [word_at(begin) for begin, _ in spans]
        last = [max(a, word_at(end - 1)) for a, (_, end) in zip(first, spans, strict=True)]
        joined = {number for a, b in zip(first, last, strict=True) for number in range(a, b)}  # goes on in the next
        group, groups = [], []
        for number, (begin, end) in enumerate(words):
            if number and number - 1 in joined:
                groups[-1] = (groups[-1][0], end)
            else:
                groups.append((begin, end))
            group.append(len(groups) - 1)
        return [text[a:b] for a, b in groups], [group[number] for number in first]
