"""The recipes run, stop, and go on where they stopped; the measuring protocols are what their names say."""

import json
import math
import random

import pytest
import torch
from torch.nn.functional import cross_entropy

from core.measuring import carried_loss, is_regular, windows_loss
from core.models.char_rnn import CharRNN, Config
from weights.recipes import char_reference, char_rnn


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder with made-up texts of the three kinds, and a place for runs."""
    monkeypatch.setattr(char_rnn, "RUNS", tmp_path / "runs")
    (tmp_path / "text").mkdir()
    rng = random.Random(0)
    words = ["to", "be", "or", "not", "that", "is", "the", "question\n"]
    prose = " ".join(rng.choice(words) for _ in range(9000))
    poems = "\n".join(
        "，".join("".join(rng.choice("山水云月风花") for _ in range(5)) for _ in range(4)) for _ in range(900)
    )
    for plan in char_rnn.PLANS.values():
        (tmp_path / plan.file).write_text(poems if plan.seen > 1 else prose, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("corpus", char_rnn.PLANS)
def test_smoke(data, corpus, capsys):
    char_rnn.main([corpus, "--data", str(data), "--smoke"])
    saved = torch.load(data / "runs" / f"char_rnn_{corpus}_smoke" / "state.pt", weights_only=True)
    first, last = saved["run"]["snapshots"][0], saved["run"]["snapshots"][-1]
    assert last["step"] > first["step"] == 0
    assert last["valid"] < first["valid"]
    assert len(last["sample"]) == 400


def test_a_run_goes_on_where_it_was_left(data, monkeypatch):
    plan = char_rnn.Plan(
        "text/tinyshakespeare.txt", "", {"hidden": 8, "embed": 4}, epochs=2, streams=4, window=32, snapshots=(0,)
    )
    run = char_rnn.Run("cut", plan, data)
    steps = run.steps
    monkeypatch.setattr(char_rnn, "learning_rate", lambda plan, step, steps: 1 / 0 if step == steps // 2 + 3 else 1e-3)
    with pytest.raises(ZeroDivisionError):
        run.train()
    run.save()
    assert not (data / "runs" / "char_rnn_cut" / "state.tmp").exists()
    seen = []
    monkeypatch.setattr(char_rnn, "learning_rate", lambda plan, step, steps: seen.append(step) or 1e-3)
    again = char_rnn.Run("cut", plan, data)
    again.train()
    assert seen == list(range(steps // 2 + 3, steps))
    assert again.log["epoch"] == 2
    assert len(again.log["snapshots"]) == 2


def test_guesses_are_what_the_model_expects_at_each_position():
    torch.manual_seed(0)
    model = CharRNN(Config(vocab=7, hidden=6, embed=4)).eval()
    ids = torch.randint(7, (63,))
    rows = char_rnn.guesses(model, ids, streams=3, piece=8).float()
    assert rows.shape == (63, 7)
    for stream in range(3):  # 20 characters each
        logits, _ = model(ids[20 * stream : 20 * stream + 20, None])
        expected = logits[:, 0].softmax(-1)
        torch.testing.assert_close(rows[20 * stream + 1 : 20 * stream + 21], expected, atol=1e-3, rtol=0)
    torch.testing.assert_close(rows[[0, 61, 62]], torch.full((3, 7), 1 / 7), atol=1e-3, rtol=0)


def test_a_taught_network_follows_its_teachers(data):
    """With all trust in the teachers, it learns from them even where the text says nothing: its targets are theirs."""
    plan = char_rnn.Plan(
        "text/tinyshakespeare.txt",
        "",
        {"hidden": 16, "embed": 8},
        epochs=6,
        streams=4,
        window=32,
        lr=1e-2,
        snapshots=(),
        characters=8_000,
        trust=1.0,
    )
    alone = char_rnn.Run("alone", char_rnn.replace(plan, epochs=1), data)
    alone.train()
    teacher = {"seed": 1, "epochs": 1}
    taught = char_rnn.Run("taught", char_rnn.replace(plan, seed=2, teachers=(teacher,)), data)
    taught.train()
    free = char_rnn.Run("free", char_rnn.replace(plan, seed=2), data)
    free.train()
    rows = char_rnn.guesses(alone.averaged(), alone.valid_ids).float()[1:-3]

    def distance(run):
        mine = char_rnn.guesses(run.averaged(), run.valid_ids).float()[1:-3]
        return (rows * (rows / mine).log()).sum(-1).mean().item()

    assert distance(taught) < 0.5 * distance(free)


SHORT = char_rnn.Plan(
    "text/tinyshakespeare.txt", "", {"hidden": 8, "embed": 4}, epochs=1, streams=4, window=32, snapshots=(0, 60)
)


def test_several_authors_write_together(data):
    """Each character is drawn from the mean of their guesses, and each stream is a text of its own."""
    torch.manual_seed(3)
    crew = [CharRNN(Config(vocab=9, hidden=12, embed=6)).eval() for _ in range(2)]
    for author in crew:
        author.output.weight.data.mul_(8)  # opinions
    ids, rows = char_rnn.invent(crew, 4 * 50, seed=1, streams=4)
    assert ids.shape == (200,) and rows.shape == (200, 9)
    for text, guessed in zip(ids.split(50), rows.float().split(50), strict=True):
        mean = 0
        for author in crew:
            logits, _ = author(torch.cat([torch.zeros(1, dtype=torch.long), text[:-1]])[:, None])
            mean = mean + logits[:, 0].softmax(-1) / 2
        torch.testing.assert_close(guessed, mean, atol=0.03, rtol=0)  # bfloat16
    again, _ = char_rnn.invent(crew, 4 * 50, seed=1, streams=4)
    assert torch.equal(ids, again)
    many, guessed = char_rnn.invent(crew, 4_000, seed=2, streams=4_000)
    found = torch.bincount(many, minlength=9) / 4_000  # all after the same beginning
    torch.testing.assert_close(found, guessed[0].float(), atol=0.03, rtol=0)


def test_a_course_that_reads_invented_text_follows_the_crew_in_it_and_the_text_in_the_plays(data):
    plan = char_rnn.replace(
        SHORT,
        characters=4_000,
        trust=0.25,
        invented=1_024,
        afresh=0.5,
        first=dict(invented=0, afresh=0.0, teachers=({"seed": 5},)),
    )
    run = char_rnn.Run("both", plan, data)
    ids, rows = run.lessons()
    told = len(ids) - len(run.train_ids)
    assert told == 1_024 and torch.equal(ids[told:], run.train_ids) and rows.shape == (len(ids), len(run.vocabulary))
    torch.testing.assert_close(rows.float().sum(1), torch.ones(len(ids)), atol=5e-3, rtol=0)
    crew = run.crew()
    assert len(crew) == 2  # the teacher and whom it taught
    mean = sum(char_rnn.guesses(author, run.train_ids).float() for author in crew) / 2
    expected = 0.25 * mean + 0.75 * torch.nn.functional.one_hot(run.train_ids, len(run.vocabulary))
    torch.testing.assert_close(rows[told:].float(), expected, atol=2e-3, rtol=0)
    assert (data / "runs" / "char_rnn_both" / "invented.pt").exists()  # so that a run that is left finds it again
    run.train()
    assert run.log["step"] - run.log["before"] >= run.steps > run.log["before"] > 0


def test_no_data_says_where_it_comes_from(tmp_path):
    with pytest.raises(SystemExit, match=r"missing.*tinyshakespeare"):
        char_rnn.main(["shakespeare", "--data", str(tmp_path)])


def test_training_and_validation_poems_do_not_overlap(data):
    poems = (data / char_rnn.PLANS["tang"].file).read_text(encoding="utf-8")
    (data / char_rnn.PLANS["tang"].file).write_text(poems + "\n" + poems, encoding="utf-8")
    train, valid = char_rnn.read_corpus(char_rnn.PLANS["tang"], data)
    assert set(train.split()).isdisjoint(valid.split())


def test_batches_walk_through_every_stream_in_order():
    ids = torch.arange(102)
    pieces = char_rnn.batches(ids, streams=4, window=5, offset=1)
    x = torch.cat([x for x, _ in pieces])
    assert x[:, 0].tolist() == list(range(1, 26))
    assert x[:, 1].tolist() == list(range(26, 51))
    for x, y in pieces:
        assert torch.equal(y, x + 1)


def test_protocols_against_plain_loops():
    torch.manual_seed(0)
    model = CharRNN(Config(vocab=7, hidden=6, embed=4)).eval()
    ids = torch.randint(7, (95,))
    with torch.inference_mode():
        total = 0.0
        for start in range(0, 90, 10):
            logits, _ = model(ids[start : start + 10, None])
            total += cross_entropy(logits[:, 0], ids[start + 1 : start + 11], reduction="sum").item()
        logits, _ = model(ids[:-1, None])
        whole = cross_entropy(logits[:, 0], ids[1:]).item()
    assert math.isclose(windows_loss(model, ids, window=10), total / 90, rel_tol=1e-5)
    assert math.isclose(carried_loss(model, ids, piece=7), whole, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("poem", "regular"),
    [
        ("床前明月光，疑是地上霜。举头望明月，低头思故乡。\n", True),
        ("床前明月光，疑是地上霜。举头望明月，低头思故。", False),
        ("床前明月光，疑是地上霜。", False),
        ("床前明月光光光，疑是地上霜霜霜。举头望明月月月，低头思故乡乡乡。", True),
        ("床前明月光，疑是地上霜霜霜。举头望明月，低头思故乡乡乡。", False),
        ("", False),
    ],
)
def test_the_regular_form(poem, regular):
    assert is_regular(poem) is regular


def test_references_can_be_built(data, capsys):
    char_reference.main(["tang", "--data", str(data)])
    figures = json.loads(capsys.readouterr().out)
    assert figures["nats"][0] > figures["nats"][1]


def test_a_second_course_begins_where_the_first_ended(data, monkeypatch):
    rates = []
    rate = char_rnn.learning_rate
    monkeypatch.setattr(
        char_rnn, "learning_rate", lambda plan, step, steps: rates.append(step) or rate(plan, step, steps)
    )
    alone = char_rnn.Run("alone", SHORT, data)
    alone.train()
    steps, rates[:] = alone.log["step"], []
    second = char_rnn.Run("both", char_rnn.replace(SHORT, lr=1e-9, first={"lr": SHORT.lr}), data)
    second.train()
    assert rates == [*range(steps)] * 2  # each course has a beginning and an end of its own
    assert second.log["step"] == 2 * steps and second.log["seconds"] > alone.log["seconds"] / 2
    assert [shot["step"] for shot in second.log["snapshots"]] == [0, 60, steps, 2 * steps]
    for key, value in second.model.state_dict().items():  # hardly anything was learned at such a rate
        torch.testing.assert_close(value, alone.average[key], atol=1e-4, rtol=0, msg=key)


def test_a_second_course_can_begin_with_what_ships(data, monkeypatch):
    alone = char_rnn.Run("alone", SHORT, data)
    alone.train()
    timeline = {"curve": alone.log["curve"], "snapshots": alone.log["snapshots"]}
    (data / "timelines").mkdir()
    (data / "timelines" / "char_rnn_both.json").write_text(json.dumps(timeline), encoding="utf-8")
    entry = {"training": {"steps": alone.log["step"], "minutes": 2.0}}
    monkeypatch.setattr(char_rnn.weights, "FOLDER", data)
    monkeypatch.setattr(char_rnn.weights, "read", lambda name: (alone.average, entry))
    second = char_rnn.Run("both", char_rnn.replace(SHORT, first={}), data)
    second.onward()
    second.train()
    assert not (data / "runs" / "char_rnn_both_first").exists()
    assert second.log["step"] == 2 * alone.log["step"] and second.log["seconds"] > 120
    assert second.log["snapshots"][:-1] == alone.log["snapshots"]
