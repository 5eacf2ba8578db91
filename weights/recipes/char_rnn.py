"""Trains the character models of the first tab: Shakespeare, the Linux kernel, Tang poems.

    python -m weights.recipes.char_rnn shakespeare [--data DIR] [--onward] [--smoke]

Two cores are enough. A run stops and resumes at any time (checkpoints in weights/.runs, every two minutes), and ends
by writing the weight file, its timeline and its manifest entry. The measured results stand in weights/cards/.

How each is learned, and why so, stands in `weights.recipes.char_plans`.
"""

import json
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core import weights
from core.batches import batches
from core.measuring import windows_loss
from core.models.char_rnn import CharRNN, Config
from core.reading import Author, write
from core.sampling import Sampling
from core.text import Vocabulary
from weights.recipes.char_plans import PLANS, Plan
from weights.recipes.training import RUNS, Training, command, hurry, learning_rate

GLANCE = 200_000
"""Characters of the validation text that are read for a snapshot; the card is measured on all of it."""


def read_corpus(plan: Plan, data: Path) -> tuple[str, str]:
    """Training text and validation text: the first nine tenths and the last tenth of the file.

    A corpus with one poem a line is cut between lines, and a poem that came before is not repeated.
    """
    path = data / plan.file
    if not path.exists():
        raise SystemExit(f"{path} is missing. Its public source: {plan.address}")
    text = path.read_text(encoding="utf-8")[: plan.characters]
    if plan.seen == 1:
        cut = len(text) * 9 // 10
        return text[:cut], text[cut:]
    poems = list(dict.fromkeys(text.split()))
    cut = len(poems) * 9 // 10
    return "".join(f"{poem}\n" for poem in poems[:cut]), "".join(f"{poem}\n" for poem in poems[cut:])


def encoded(plan: Plan, data: Path) -> tuple[Vocabulary, Tensor, Tensor]:
    """Vocabulary of the training text, and both texts as character numbers (length,)."""
    train_text, valid_text = read_corpus(plan, data)
    vocabulary = Vocabulary.of(train_text, plan.seen)
    return vocabulary, torch.tensor(vocabulary.numbers(train_text)), torch.tensor(vocabulary.numbers(valid_text))


@torch.inference_mode()
def guesses(model: CharRNN, ids: Tensor, streams: int = 32, piece: int = 512) -> Tensor:
    """What a model in eval mode expects at every position of a text it reads as long streams.

    Returns:
        Probabilities (length, vocab) in fp16; row t is the guess for character t. Rows that no stream reaches - the
        first, and the last few - are uniform.
    """
    out = torch.full((len(ids), model.config.vocab), 1 / model.config.vocab, dtype=torch.float16)
    length = (len(ids) - 1) // streams
    read = ids[: streams * length].view(streams, length).t()  # (length, streams)
    rows = out[1 : streams * length + 1].view(streams, length, -1).transpose(0, 1)  # (length, streams, vocab)
    state = model.zero_state(streams)
    for at in range(0, length, piece):
        logits, state = model(read[at : at + piece], state)
        rows[at : at + piece] = logits.softmax(-1).half()
    return out


@torch.inference_mode()
def invent(models: list[CharRNN], count: int, seed: int, streams: int = 512) -> tuple[Tensor, Tensor]:
    """Text that models in eval mode write together, each character drawn from the mean of their guesses.

    Returns:
        Character numbers (count,), and the guesses they were drawn from, (count, vocab) in fp16. There are `streams`
        texts one after the other, each of which begins after character 0, the line break.
    """
    chance = torch.Generator().manual_seed(seed)
    length = count // streams
    ids = torch.zeros(streams, length, dtype=torch.long)
    rows = torch.empty(streams, length, models[0].config.vocab, dtype=torch.float16)
    states, now = [model.zero_state(streams) for model in models], ids[:, 0]
    for at in range(length):
        total = 0
        for number, model in enumerate(models):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, states[number] = model(now[None], states[number])
            total = total + logits[0].float().softmax(-1)  # (streams, vocab)
        rows[:, at] = total / len(models)
        ids[:, at] = now = torch.multinomial(total, 1, generator=chance)[:, 0]
    return ids.flatten(), rows.flatten(0, 1)


class Run(Training):
    """The training of one author."""

    def __init__(self, name: str, plan: Plan, data: Path):
        self.name, self.data = name, data
        self.vocabulary, self.train_ids, self.valid_ids = encoded(plan, data)
        config = Config(vocab=len(self.vocabulary), **plan.shape)
        per_epoch = (plan.invented + len(self.train_ids) - 1 - plan.window) // (plan.streams * plan.window)
        self.steps = (plan.horizon or plan.epochs) * per_epoch  # that the rate's way down is planned for
        torch.manual_seed(plan.seed)
        super().__init__(
            RUNS / f"char_rnn_{name}",
            lambda: CharRNN(config),
            plan,
            (0.9, 0.99),
            {"curve": [], "snapshots": [], "before": 0},  # before: steps of the first course
        )

    def other(self, name: str, **difference) -> "Run":
        """A run whose plan is this one's with a difference, at its planned end."""
        run = Run(f"{self.name}_{name}", replace(self.plan, **difference), self.data)
        run.train()
        return run

    def before(self) -> "Run":
        """The first course."""
        return self.other("first", **dict(first=None) | self.plan.first)

    def crew(self) -> list[CharRNN]:
        """Who teaches: the plan's teachers; in a course that reads invented text those of the first, and its author."""
        if self.plan.invented:
            first = self.before()
            return [*first.crew(), first.averaged()]
        alone = dict(teachers=(), first=None, snapshots=())
        numbered = enumerate(self.plan.teachers, 1)
        return [self.other(f"teacher{number}", **alone | row).averaged() for number, row in numbered]

    def lessons(self) -> tuple[Tensor, Tensor | None]:
        """What is read, (length,), and the guess to follow at each of its characters, (length, vocab) in fp16.

        The guess is the mean of the teachers', at `plan.trust`, and of the text itself. A small network that follows
        the guesses of several, rather than the text alone, forgets less of what they learned and overfits later (Hinton
        et al. 2015; Furlanello et al. 2018 for networks of equal size). None without teachers: the text itself counts.
        """
        ids, crew = self.train_ids, self.crew()
        if not crew:
            return ids, None
        rows = self.plan.trust * sum(guesses(model, ids).float() for model in crew) / len(crew)
        rows[torch.arange(len(ids)), ids] += 1 - self.plan.trust
        rows = rows.half()
        if not self.plan.invented:
            return ids, rows
        file = self.folder / "invented.pt"
        if not file.exists():
            print(f"{len(crew)} authors write {self.plan.invented:,} characters", flush=True)
            torch.save(invent(crew, self.plan.invented, self.plan.seed), file)
        told, guessed = torch.load(file, weights_only=True)
        return torch.cat([told, ids]), torch.cat([guessed, rows])

    def go_on_from(self, tensors: dict[str, Tensor], log: dict) -> None:
        """`begin_with` these weights, and with their steps, seconds, curve and snapshots."""
        self.begin_with(tensors, {name: log[name] for name in ("step", "seconds", "curve", "snapshots")})

    def onward(self) -> None:
        """Begins with what ships, instead of the first course."""
        file = f"char_rnn_{self.name}"
        tensors, entry = weights.read(f"{file}.safetensors")
        tensors = {name: tensors[name] for name in self.model.state_dict()}  # no start: that is found at the end
        timeline = json.loads((weights.FOLDER / "timelines" / f"{file}.json").read_text(encoding="utf-8"))
        done = entry["training"]
        self.go_on_from(tensors, timeline | {"step": done["steps"], "seconds": 60 * done["minutes"]})

    def course_before(self) -> None:
        """Trains the first course, if there is one, and begins with its weights."""
        if self.plan.first is not None and self.log["step"] == 0:
            before = self.before()
            self.go_on_from(before.average, before.log)

    def snapshot(self, recent: list[float]) -> None:
        """Records the losses of this moment and a sample from a fixed seed."""
        model = self.averaged()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            valid = windows_loss(model, self.valid_ids[:GLANCE])
        author = Author.of("run", self.vocabulary, model)
        glyphs = write(author, [], Sampling(0.8), 400, torch.Generator().manual_seed(7))
        text = self.vocabulary.decode(glyph.number for glyph in glyphs)
        self.log["snapshots"].append(
            {"step": self.log["step"], "train": sum(recent) / max(1, len(recent)), "valid": valid, "sample": text}
        )
        print(f"step {self.log['step']}: validation A {valid:.4f}\n{text[:160]}", flush=True)

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log, model = self.plan, self.log, self.model
        if log["epoch"] == plan.epochs:
            return
        self.course_before()
        ids, taught = self.lessons()
        print(
            f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(self.vocabulary)} characters, "
            f"{log['before'] + self.steps} steps, from step {log['step']}",
            flush=True,
        )
        recent = []
        self.begin()
        while log["epoch"] < plan.epochs:
            # the offset moves the cuts, so that no character is always the first of its window
            offset = torch.randint(plan.window, (1,), generator=torch.Generator().manual_seed(log["epoch"])).item()
            todo = batches(torch.arange(len(ids)), plan.streams, plan.window, offset)
            torch.manual_seed(plan.seed * 100_000 + log["step"])
            state = model.zero_state(plan.streams)
            for here, after in todo[log["batch"] :]:
                x, y = ids[here], ids[after]  # (window, streams)
                if log["step"] in plan.snapshots and log["step"] not in {shot["step"] for shot in log["snapshots"]}:
                    self.snapshot(recent)
                if plan.afresh:
                    kept = (torch.rand(plan.streams, 1) >= plan.afresh).float()
                    state = [tuple(part * kept for part in layer) for layer in state]
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    logits, state = model(x, state)
                    logits = logits.flatten(0, 1).float()  # (window * streams, vocab)
                    loss = nats = cross_entropy(logits, y.flatten())
                    if taught is not None:
                        loss = cross_entropy(logits, taught[after.flatten()].float())
                state = [tuple(part.detach() for part in layer) for layer in state]
                self.learn(loss, learning_rate(plan, log["step"] - log["before"], self.steps))
                recent = [*recent, nats.item()][-50:]
                if log["step"] % 20 == 0:
                    log["curve"].append((log["step"], round(sum(recent[-20:]) / len(recent[-20:]), 4)))
                if self.checkpoint():
                    told = f"train {log['curve'][-1][1]:.4f}, {log['seconds']:.0f} s"
                    print(f"step {log['step']} of {log['before'] + self.steps}, {told}", flush=True)
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
        if not log["snapshots"] or log["snapshots"][-1]["step"] < log["step"]:
            self.snapshot(recent)
        self.end()


def main(arguments: list[str] | None = None) -> None:
    parser = command(__doc__, "corpus", PLANS)
    parser.add_argument("--onward", action="store_true", help="begin with what ships, instead of a first course")
    parser.add_argument("--smoke", action="store_true", help="a tiny network on a tiny text, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan = PLANS[options.corpus]
    if options.smoke:
        plan = replace(
            plan,
            shape=plan.shape | dict(hidden=32, embed=16),
            epochs=1,
            streams=4,
            window=32,
            characters=20_000,
            snapshots=(0,),
            invented=plan.invented and 5_120,
            first=plan.first and dict(invented=0, teachers=({},) * len(plan.first.get("teachers", ()))),
        )
        run = Run(f"{options.corpus}_smoke", plan, options.data)
        run.train()
        return
    run = Run(options.corpus, plan, options.data)
    if options.onward and run.log["step"] == 0:
        run.onward()
    run.train()
    from weights.recipes.char_publish import publish

    publish(options.corpus, run)


if __name__ == "__main__":
    main()
