"""Naming axes in a world of straight lines, and what publishing writes, with tiny networks for eyes."""

import json

import pytest
import torch
from torch import nn

from core import cards, weights
from core.gan import Reader
from core.models.gan import Config, Generator, unit
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN, read
from core.models.staged import Staged
from weights.recipes import gan, gan_axes, gan_publish, gan_reader
from weights.recipes.gan import PLANS, begin
from weights.recipes.gan_axes import count, learned, lost, score
from weights.recipes.gan_data import COLUMNS, WISHES
from weights.recipes.gan_wishes import apart, asked_of, obeyed

LISTS = {name: list(values) for name, values in COLUMNS.items()}


class Lines:
    """A forger whose picture is w, and a reader to whom the first number is glasses and the second a beard."""

    columns = LISTS

    def __init__(self, tied: float):
        self.tied = tied  # how much of glasses is a beard too

    def __call__(self, w: torch.Tensor) -> dict[str, torch.Tensor]:
        told = {name: torch.ones(len(w), len(values)) / len(values) for name, values in LISTS.items()}
        for number, name in enumerate(("glasses", "beard")):
            share = (9 * (w[:, number] + self.tied * number * w[:, 0])).sigmoid()
            told[name] = torch.stack([1 - share, share], 1)
        return told


def test_obedience_is_counted_where_a_design_can_obey():
    """A reader that finds glasses in all pictures, and long hair in those of the second design."""
    model = Generator(Config(z=16, w=8, widths=(8, 8), attributes=tuple(WISHES.values())))
    z, kinds = torch.randn(300, 16, generator=torch.Generator().manual_seed(1)), torch.arange(300) % 3

    def told(pictures):
        out = {name: torch.ones(len(pictures), len(values)) / len(values) for name, values in LISTS.items()}
        out["glasses"] = torch.tensor([[0.1, 0.9]]).expand(len(pictures), 2)
        second = pictures[:, 0, 0, 0] == 1
        out["hair"] = torch.where(second[:, None], torch.tensor([0.0, 0.1, 0.9]), torch.tensor([0.8, 0.1, 0.1]))
        out["earrings"] = torch.where(
            (pictures[:, 0, 0, 0] == 2)[:, None], torch.tensor([1.0, 0]), torch.tensor([0, 1.0])
        )
        return out

    pictures = kinds[:, None, None, None].float().expand(300, 3, 2, 2)
    rates = obeyed(model, told, z, pictures, kinds)
    asked = apart(model.mapping.wishes(unit(z)))
    assert rates["glasses"] == round(100 * (asked["glasses"].argmax(1) == 1).double().mean().item(), 1)
    hair = torch.where(kinds == 1, 2, 0)
    assert rates["hair"] == round(100 * (asked["hair"].argmax(1) == hair).double().mean().item(), 1)
    rings = asked["earrings"].argmax(1)[kinds != 2]  # the third design has none
    assert rates["earrings"] == round(100 * rings.double().mean().item(), 1)


@pytest.mark.parametrize("tied", [0.0, 0.8])
def test_a_direction_is_learned_that_leaves_the_other_attribute_alone(tied):
    """Where glasses bring a beard with them, the direction takes the beard away as it brings the glasses."""
    chance = torch.Generator().manual_seed(1)
    w, kinds, reader = torch.randn(300, 2, generator=chance), torch.arange(300) % 2, Lines(tied)
    found = learned(nn.Identity(), reader, w, kinds, reader(w), "glasses", chance)
    assert found.shape == (2, 2) and (found[:, 0] > 0.5).all()
    assert ((found[:, 1] + tied * found[:, 0]).abs() < (0.1 + 0.5 * tied) * found[:, 0]).all()
    axis, straight = (
        count(nn.Identity(), reader, w, kinds, "glasses", found * torch.tensor(row)) for row in ([1, 1], [1, 0])
    )
    assert axis.changed > 0.85 and axis.back > 0.85
    assert axis.kept > 0.95 if not tied else axis.kept > straight.kept + 0.01


def test_what_is_lost_is_the_divergence():
    before, after = (torch.rand(5, 3).softmax(1) for _ in range(2))
    expected = torch.nn.functional.kl_div(after.log(), before, reduction="batchmean")
    torch.testing.assert_close(lost({"a": before}, {"a": after}, ["a"]), expected)
    assert lost({"a": before}, {"a": before}, ["a"]).abs() < 1e-6


def test_axes_are_counted_there_and_back_and_beside():
    w, forger = torch.tensor([[-0.5, 0.2], [-2.0, 0.2], [0.5, 0.2], [0.1, -0.2]]), nn.Identity()
    kinds, way = torch.tensor([0, 1, 0, 1]), torch.tensor([[1.0, 0.0], [1.0, 0.0]]) * 3
    found = count(forger, Lines(0.0), w, kinds, "glasses", way)
    assert (found.changed, found.back, found.kept) == (0.5, 1.0, 1.0)
    tied = count(forger, Lines(1.0), w, kinds, "glasses", way)
    assert tied.kept < 1
    told = Lines(0.0)(w)
    torch.testing.assert_close(score(told, LISTS, "glasses"), told["glasses"][:, 1])
    torch.testing.assert_close(score(told, LISTS, "happy"), torch.full((4,), 0.5))


def test_all_axes_name_values_that_exist_and_have_words():
    for name, (column, counts) in gan_axes.AXES.items():
        assert set(counts) <= set(COLUMNS[column])
        assert set(gan_publish.SAYS["axes"][name]) == {"en", "zh"}
    assert set(gan_publish.SAYS["columns"]) == set(COLUMNS)


@pytest.mark.parametrize("name", PLANS)
def test_publishing_writes_files_entries_and_a_timeline(name, tmp_path, monkeypatch):
    def made(name, data):
        plan, chance = PLANS[name], torch.Generator().manual_seed(0)
        pictures = torch.randint(256, (60, 3, plan.forger.side, plan.forger.side), generator=chance).to(torch.uint8)
        kinds = torch.arange(60) % plan.forger.classes
        known = {column: torch.arange(60) % len(values) for column, values in COLUMNS.items()}
        rows = pictures, kinds, asked_of(known)
        return {"learned": tuple(row[:30] for row in rows), "held": tuple(row[30:] for row in rows)}

    torch.manual_seed(1)
    small = NetworkConfig(read("conv 2 5 4, maxpool 4"), sum(map(len, LISTS.values())), 3, 64)
    reader, written = Reader(SmallCNN(small).eval(), LISTS), {}
    eye = Staged({"mean": nn.Sequential(nn.AvgPool2d(56), nn.Flatten()), "scores": nn.Linear(48, 2)}).eval()
    for where, what, value in (
        (gan, "material", made),
        (gan, "RUNS", tmp_path),
        (gan_publish, "eye", lambda: eye),
        (gan_publish, "vgg", lambda: nn.AvgPool2d(16)),
        (gan_publish, "reader", lambda: reader),
        (gan_publish, "cifar_reader", lambda: (SmallCNN(NetworkConfig((), 10, 3, 32)).eval(), {})),
        (gan_publish, "KEPT", {name: (4,)}),
        (gan_publish, "TOTAL", 30),
        (gan_publish, "STAGE", 12),
        (gan_publish, "ROWS", 1),
        (gan_axes, "FOUND_WITH", 30),
        (gan_axes, "COUNTED_ON", 12),
        (gan_axes, "STEPS", 2),
        (gan_axes, "BATCH", 4),
        (weights, "FOLDER", tmp_path),
        (weights, "write", lambda name, tensors, entry: written.update({name: (tensors, entry)})),
        (cards, "main", lambda: None),
    ):
        monkeypatch.setattr(where, what, value)
    monkeypatch.setattr(Generator, "centre", lambda self, chance: None)  # takes a second
    run = begin(name, tmp_path, smoke=True)
    run.train()
    gan_publish.publish(name, run)
    players = set() if name == "collapsed" else {f"gan_{name}_forger.safetensors", f"gan_{name}_judge.safetensors"}
    once = f"gan_{name}_step_4.safetensors"
    assert set(written) == players | {once}
    for file, (_, entry) in written.items():
        json.dumps(entry)
        for language in ("en", "zh"):
            card = cards.render(file, entry | {"size": 1, "sha256": "0" * 64}, language)
            assert "{" not in card
    if name == "avatars":
        listed = written["gan_avatars_forger.safetensors"][1]["wishes"]
        assert [row["column"] for row in listed] == list(WISHES)
        for row in listed:
            assert row["values"] == [*COLUMNS[row["column"]]][-len(WISHES[row["column"]]) :]
            assert (
                0 <= row["obeyed"] <= 100
                and row["chance"] == round(100 * max(WISHES[row["column"]]), 1)
                and len(row["colours"]) == len(row["values"])
            )
        known = {row["column"]: row for row in listed}
        assert (known["clothes"]["designs"], known["earrings"]["designs"]) == ([0, 2], [0, 1])
        assert known["hair colour"]["designs"] == [0, 1] and known["hair colour"]["colours"][0] == "1c1a1a"
    Generator(Config(**run.plan.forger.__dict__)).load_state_dict(weights.unpacked(written[once][0]))
    page = json.loads((tmp_path / "timelines" / f"gan_{name}.json").read_text(encoding="utf-8"))
    assert [stage["step"] for stage in page["stages"]] == [0, 4]
    assert len(list((tmp_path / "timelines").glob("*.webp"))) == 2
    assert page["again"] == (2 if name == "avatars" else None) and page["wishes"] == page["again"]
    (run.folder / "step_000000.pt").unlink()  # as if the run had gone on from what ships
    written.clear()
    gan_publish.publish(name, run)
    again = json.loads((tmp_path / "timelines" / f"gan_{name}.json").read_text(encoding="utf-8"))
    assert again["stages"][0] == page["stages"][0] and len(again["stages"]) == 2 and set(written) == players | {once}
    if name == "avatars":
        assert len(written["gan_avatars_forger.safetensors"][1]["axes"]) == len(gan_axes.AXES)


def test_the_reader_learns_and_is_written(tmp_path, monkeypatch):
    chance, written = torch.Generator().manual_seed(0), {}
    pictures = torch.randint(256, (40, 3, 64, 64), generator=chance).to(torch.uint8)
    known = {name: torch.randint(len(values), (40,), generator=chance) for name, values in LISTS.items()}
    for where, what, value in (
        (gan_reader, "RUNS", tmp_path),
        (gan_reader, "HELD_OUT", 10),
        (gan_reader, "hurry", lambda: None),  # it changes the whole process
        (gan_reader, "avatars", lambda: (pictures, known)),
        (weights, "write", lambda name, tensors, entry: written.update({name: (tensors, entry)})),
        (cards, "main", lambda: None),
    ):
        monkeypatch.setattr(where, what, value)
    gan_reader.main(["--smoke"])
    run = gan_reader.Run("avatar_reader_smoke", gan_reader.Plan(steps=3, batch=8), pictures, known)
    assert run.log["step"] == 3
    gan_reader.publish(run)
    ((file, (tensors, entry)),) = written.items()
    network = SmallCNN(NetworkConfig(**json.loads(json.dumps(entry["config"]))))
    reader = Reader(weights.fill(network, tensors, file), entry["columns"])
    told = reader(pictures[:3].float() / 127.5 - 1)
    assert {name: values.shape for name, values in told.items()} == {n: (3, len(v)) for n, v in LISTS.items()}
    assert all(torch.allclose(values.sum(1), torch.ones(3)) for values in told.values())
