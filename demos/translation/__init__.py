"""Translation: ten years of a field on one sentence, and hands on the attention."""
