"""Trains the translators: English to French with a fixed vector, with attention, as a transformer; English to Chinese.

    python -m weights.recipes.translation en-fr-attention [--data DIR] [--onward] [--smoke]

Two cores are enough. A run stops and resumes at any time (checkpoints in weights/.runs, every two minutes) and ends by
writing the weight file and its manifest entry. The measured results stand in weights/cards/.

How each is learned, and why so, stands in `weights.recipes.translation_plans`.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core import weights
from core.models import seq2seq, transformer
from core.translators import Interpreter, interpreter
from weights.recipes.training import RUNS, Training, command, hurry, learning_rate
from weights.recipes.translation_crew import Crew, guesses, predicted, told, translator
from weights.recipes.translation_lessons import batched, examples, read_pairs, subwords
from weights.recipes.translation_plans import PLANS, Plan


def build(plan: Plan, vocab: int) -> nn.Module:
    """The untrained network of a plan."""
    torch.manual_seed(plan.seed)
    if plan.kind == "transformer":
        return transformer.small(vocab, **plan.shape)
    return seq2seq.Seq2Seq(seq2seq.Config(vocab, **plan.shape))


def loss_of(model: nn.Module, batch: list[tuple[list[int], ...]], smoothing: float) -> Tensor:
    """Mean cross-entropy per target piece, end sign included."""
    logits, target = predicted(model, batch)
    return cross_entropy(logits, target, label_smoothing=smoothing)


class Run(Training):
    """The training of one translator."""

    def __init__(self, name: str, plan: Plan, data: Path):
        self.name, self.data = name, data
        self.pairs, self.dev = read_pairs(plan, data, "train"), read_pairs(plan, data, "dev")
        self.pieces = subwords(plan, self.pairs)
        super().__init__(
            RUNS / f"translation_{name}",
            lambda: build(plan, len(self.pieces)),
            plan,
            (0.9, 0.98),
            {"curve": [], "before": 0},  # before: steps of the courses before
        )

    def onward(self) -> None:
        """Begins with what ships, instead of the courses before."""
        tensors, entry = weights.read(self.plan.file())
        done = entry["training"]
        # tied names are left out of a file
        self.begin_with(tensors, {"step": done["steps"], "seconds": 60 * done["minutes"]}, strict=False)

    def course_before(self) -> None:
        """Trains the course before, if there is one, and begins with its weights."""
        if self.plan.before is not None and self.log["step"] == 0:
            before = Run(f"{self.name}_before", replace(self.plan, **dict(before=None) | self.plan.before), self.data)
            before.train()
            self.begin_with(before.average, {name: before.log[name] for name in ("step", "seconds", "curve")})

    def texts(self, crew: Crew) -> dict[str, list[str]]:
        """What a crew makes of every source; where the plan says so, what it made of them in the course before."""
        written = RUNS / f"translation_{self.name}_before" / "lessons.pt"
        if not self.plan.anew and written.exists():
            return torch.load(written, weights_only=True)["said"]
        sources = list(dict.fromkeys(source for source, _ in self.pairs))
        print(f"{len(crew.nets)} networks translate {len(sources):,} sentences", flush=True)
        return told(Interpreter("crew", *self.plan.languages, self.pieces, crew), sources, self.plan)

    def lessons(self) -> None:
        """Has the crew, if there is one, translate and guess; after a course before, this network as it begins is one
        of it. Sets `said`, `places` and `guess`; kept beside the checkpoint."""
        plan, file = self.plan, self.folder / "lessons.pt"
        self.said, self.places, self.guess = {}, None, None
        if not plan.crew and not plan.trust:
            return
        if not file.exists():
            nets = [interpreter(other).net for other in plan.crew]
            nets += [translator(self.averaged())] if plan.before is not None else []
            kept = {"said": self.texts(Crew(nets))}
            if plan.trust:
                pairs = [(source, text) for source, texts in kept["said"].items() for text in texts]
                pairs = list(dict.fromkeys([*self.pairs, *pairs]))
                rows = [tuple(map(self.pieces.encode, pair)) for pair in pairs]
                places, *guess = guesses([net.model for net in nets], rows, plan)
                kept |= {"pairs": pairs, "ends": [(place.start, place.stop) for place in places], "guess": guess}
            torch.save(kept, file)
        kept = torch.load(file, weights_only=True)
        self.said = kept["said"]
        if plan.trust:
            self.places = {pair: range(*ends) for pair, ends in zip(kept["pairs"], kept["ends"], strict=True)}
            self.guess = kept["guess"]

    def loss(self, batch: list[tuple[list[int], ...]]) -> Tensor:
        """Mean nats per target piece: of the targets and, at the plan's trust, of the crew's guess at them."""
        plan = self.plan
        if not plan.trust:
            return loss_of(self.model, batch, plan.smoothing)
        logits, target = predicted(self.model, batch)
        at = torch.tensor([place for row in batch for place in row[2]])
        ids, shares = (part[at] for part in self.guess)  # (pieces, KEPT)
        logp = logits.log_softmax(-1)
        followed = -(logp.gather(1, ids.long()) * shares).sum(-1)
        said = -logp.gather(1, target[:, None])[:, 0]
        return (plan.trust * followed + (1 - plan.trust) * said).mean()

    @torch.inference_mode()
    def dev_loss(self, count: int = 1_000) -> float:
        """Nats per target piece on the first `count` dev pairs, only to be recorded."""
        model, rows = self.averaged(), [tuple(map(self.pieces.encode, pair)) for pair in self.dev[:count]]
        total = pieces = 0
        for batch in batched(self.plan, rows, 0):
            size = sum(len(row[1]) + 1 for row in batch)
            total += loss_of(model, batch, 0.0).item() * size
            pieces += size
        return total / pieces

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log, model = self.plan, self.log, self.model
        if log["epoch"] == plan.epochs:
            return
        self.course_before()
        self.lessons()
        recent, steps = [], None
        print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(self.pairs):,} pairs", flush=True)
        self.begin()
        while log["epoch"] < plan.epochs:
            rows = examples(plan, self.pieces, self.pairs, log["epoch"], self.said, self.places)
            todo = batched(plan, rows, log["epoch"])
            steps = steps or plan.epochs * len(todo)
            torch.manual_seed(plan.seed * 100_000 + log["step"])
            for batch in todo[log["batch"] :]:
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = self.loss(batch)
                self.learn(loss, learning_rate(plan, log["step"] - log["before"], steps))
                recent = [*recent, loss.item()][-50:]
                if self.checkpoint():
                    print(f"step {log['step']} of {log['before'] + steps}, {sum(recent) / len(recent):.4f}", flush=True)
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            log["curve"].append((log["step"], sum(recent) / len(recent), self.dev_loss()))
            print(f"epoch {log['epoch']}: train {log['curve'][-1][1]:.4f}, dev {log['curve'][-1][2]:.4f}", flush=True)
        self.end()


def brief(course: dict | None, shape: dict) -> dict | None:
    """A course and all before it, one epoch each, for networks of this shape."""
    return course and course | dict(epochs=1, shape=shape, before=brief(course.get("before"), shape))


def main(arguments: list[str] | None = None) -> None:
    parser = command(__doc__, "name", PLANS)
    parser.add_argument("--onward", action="store_true", help="begin with what ships, instead of the courses before")
    parser.add_argument("--smoke", action="store_true", help="a tiny network on few pairs, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan, name = PLANS[options.name], options.name
    if options.smoke:
        tiny = (
            dict(width=32, inner=32, heads=2) if plan.kind == "transformer" else dict(embed=16, encoder=16, decoder=24)
        )
        plan = replace(plan, shape=plan.shape | tiny, vocab=600, epochs=2, tokens=256, warm=10, pairs=300)
        plan = replace(plan, crew=(), before=brief(plan.before, plan.shape))
        name += "_smoke"
    run = Run(name, plan, options.data)
    if options.onward and run.log["step"] == 0:
        run.onward()
    run.train()
    if not options.smoke:
        from weights.recipes.translation_publish import publish

        publish(name, run)


if __name__ == "__main__":
    main()
