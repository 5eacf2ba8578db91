"""Own classes: the head against autograd and an exact minimiser, leaving out by brute force, files by attack."""

import io
import itertools
import json
import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save
from torch.nn.functional import cross_entropy, normalize

from core.complaint import Complaint
from core.teaching import (
    DECAY,
    FEATURES,
    REPORTS,
    STEPS,
    WIDTH,
    Head,
    Report,
    checked_names,
    learn,
)
from core.teaching_file import FORMAT, MOST_FILE, SMALL, Kept, load_zip, save_zip

NAMES = ("cup", "cap", "cop")


def cloud(counts: tuple[int, ...], seed: int = 1, apart: float = 0.5) -> tuple[torch.Tensor, torch.Tensor]:
    """Features (n, 1280) of classes that overlap, not below 0 as behind a ReLU, and their labels (n,)."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.rand(len(counts), WIDTH, generator=generator) * apart
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    noise = torch.randn(len(labels), WIDTH, generator=generator)
    return (centres[labels] + noise).clamp(min=0), labels


def minimum(features, labels, classes, decay=DECAY):
    """The head that minimises the loss of the module's head line: torch's L-BFGS on autograd, double precision."""
    x = normalize(features.double(), dim=-1)
    weight = torch.zeros(classes, WIDTH, dtype=torch.double, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.double, requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=100, tolerance_grad=1e-7, line_search_fn="strong_wolfe")

    def loss():
        search.zero_grad()
        value = cross_entropy(x @ weight.T + bias, labels) + decay / 2 * weight.square().sum()
        value.backward()
        return value

    search.step(loss)
    return Head(NAMES[:classes], weight.detach().float(), bias.detach().float())


def test_learning_reaches_the_minimum_that_autograd_finds():
    features, labels = cloud((7, 5, 9))
    *_, last = learn(features, labels, NAMES)
    exact = minimum(features, labels, 3)
    torch.testing.assert_close(last.head.weight, exact.weight, atol=2e-3, rtol=0)
    torch.testing.assert_close(last.p, exact.probabilities(features), atol=1e-3, rtol=0)
    torch.testing.assert_close(last.head.probabilities(features), last.p, atol=1e-5, rtol=0)
    assert last.loss == pytest.approx(cross_entropy(last.p.log(), labels, reduction="none").mean().item(), abs=1e-5)


def test_leave_one_out_is_what_brute_force_gives():
    features, labels = cloud((5, 4, 6))
    *_, last = learn(features, labels, NAMES)
    for i in range(len(labels)):
        rest = torch.arange(len(labels)) != i
        exact = minimum(features[rest], labels[rest], 3).probabilities(features[i : i + 1])[0]
        torch.testing.assert_close(last.left_out[i], exact, atol=2e-3, rtol=0)
    p = last.left_out.gather(1, labels[:, None])
    assert last.left_out_loss == pytest.approx(-p.log().mean().item(), abs=1e-5)


def test_chance_stays_chance_when_a_picture_is_left_out():
    """Labels without meaning are learned by heart; only what was left out shows it."""
    features, _ = cloud((24,))
    labels = torch.tensor([0, 1] * 12)
    *_, last = learn(features, labels, NAMES[:2], decay=1e-4)
    assert (last.p.argmax(1) == labels).all()
    assert (last.left_out.argmax(1) == labels).float().mean() < 0.75


def test_reports_begin_at_chance_and_fall():
    reports = list(learn(*cloud((4, 4)), NAMES[:2]))
    assert len(reports) == REPORTS + 1
    assert [reports[0].step, reports[-1].step] == [0, STEPS]
    assert reports[0].loss == pytest.approx(torch.tensor(2.0).log().item(), abs=1e-6)
    for before, after in itertools.pairwise(reports):
        assert after.loss < before.loss + 0.01
    assert reports[-1].loss < 0.1 * reports[0].loss


def test_same_pictures_in_one_class_and_a_picture_of_nothing():
    features = torch.rand(1, WIDTH).repeat(6, 1)
    features[5] = 0
    *_, last = learn(features, torch.tensor([0, 0, 0, 1, 1, 1]), NAMES[:2])
    assert last.head.weight.isfinite().all()
    assert last.left_out.isfinite().all()


@pytest.mark.parametrize("counts", [(1, 5), (5, 41), (0, 3)])
def test_too_few_or_too_many_pictures(counts):
    features, labels = cloud(counts)
    with pytest.raises(Complaint, match="needs 2 to 40"):
        next(learn(features, labels, NAMES[:2]))


def test_evidence_adds_up_to_the_scores():
    maps = torch.rand(WIDTH, 7, 7, generator=torch.Generator().manual_seed(4))
    any_head = head()  # one that was learned has weights whose sum over the classes is zero
    scores = any_head.probabilities(maps.mean((1, 2))[None])[0].log()
    for k in range(3):
        bias = any_head.bias[k] - any_head.bias.mean()
        expected = (scores[k] - scores.mean()).item()
        assert (any_head.evidence(maps, k).mean() + bias).item() == pytest.approx(expected, abs=1e-4)


def test_mixed_up_counts():
    p = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.4, 0.6, 0.0], [0.7, 0.3, 0.0]])
    report = Report(0, 0.0, 0.0, p, p, head())
    assert report.mixed_up(torch.tensor([0, 0, 1, 1])) == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert report.mixed_up(torch.tensor([0, 1, 1, 2])) == [[1, 0, 0], [0, 2, 0], [1, 0, 0]]


def test_names():
    assert checked_names(["  a cup ", "杯子", "👩‍🚀"]) == ("a cup", "杯子", "👩‍🚀")
    assert checked_names(["<b>", "'; drop"]) == ("<b>", "'; drop")  # shown as text, so it is a name like another
    for names in (
        [], ["a"], list("abcdefghi"), "ab", None, ["a", 1], ["a", ""], ["a", "   "], ["a", "b" * 41], ["a", " a"],
        ["a", "b\nc"], ["a", "b\0"], ["a", "\u202eb"], ["a", "\u200d"], ["a", "\ud800"], ["caf\u00e9", "cafe\u0301"],
        ["a", "b\u2028c"],
    ):  # fmt: skip
        with pytest.raises(Complaint):
            checked_names(names)


def head() -> Head:
    generator = torch.Generator().manual_seed(3)
    return Head(NAMES, torch.randn(3, WIDTH, generator=generator), torch.randn(3, generator=generator))


def zipped(**members: bytes) -> bytes:
    """What `save_zip` writes, with some members other; None leaves one out."""
    whole = {
        "head.safetensors": save({"weight": head().weight, "bias": head().bias}),
        "labels.json": json.dumps(dict(format=FORMAT, features=FEATURES, names=NAMES)).encode(),
    }
    for name, data in members.items():
        whole[name.replace("_", ".")] = data
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in whole.items():
            if data is not None:
                file.writestr(name, data)
    return buffer.getvalue()


def labelled(**changes) -> bytes:
    return zipped(labels_json=json.dumps(dict(format=FORMAT, features=FEATURES, names=NAMES) | changes).encode())


def test_a_head_survives_its_file():
    saved = save_zip(head())
    back, pictures = load_zip(saved)
    assert pictures is None
    assert back.names == NAMES
    assert torch.equal(back.weight, head().weight)
    assert torch.equal(back.bias, head().bias)
    assert save_zip(back) == saved
    assert load_zip(zipped())[0].names == NAMES


def kept(**changes) -> Kept:
    """Two pictures of each class."""
    chance = torch.Generator().manual_seed(4)
    thumbnails = torch.randint(0, 256, (6, SMALL, SMALL, 3), generator=chance, dtype=torch.uint8)
    whole = dict(labels=torch.arange(3).repeat(2), features=torch.rand(6, WIDTH, generator=chance))
    return Kept(**whole | dict(thumbnails=thumbnails) | changes)


def test_pictures_survive_the_file_too():
    saved = save_zip(head(), kept())
    back, pictures = load_zip(saved)
    assert back.names == NAMES
    assert all(torch.equal(value, vars(kept())[name]) for name, value in vars(pictures).items())
    assert save_zip(back, pictures) == saved
    full = save_zip(head(), kept(**{name: value[:1].repeat(120, *[1] * (value.dim() - 1)) if name != "labels"
        else torch.arange(3).repeat(40) for name, value in vars(kept()).items()}))  # fmt: skip
    assert len(full) < MOST_FILE and len(load_zip(full)[1].labels) == 120


def weights(weight=None, bias=None, **more) -> bytes:
    tensors = {"weight": head().weight if weight is None else weight, "bias": head().bias if bias is None else bias}
    return zipped(head_safetensors=save(tensors | more))


class Trap:
    def __reduce__(self):
        return pytest.fail, ("code from a file ran",)


BAD = {
    "nothing": (b"", "damaged"),
    "text": (b"hello", "damaged"),
    "pickle": (pickle.dumps(Trap()), "damaged"),
    "pickle as the head": (zipped(head_safetensors=pickle.dumps(Trap())), "damaged"),
    "cut off": (zipped()[:-30], "damaged"),
    "large": (bytes(MOST_FILE + 1), "bytes"),
    "bomb": (zipped(head_safetensors=bytes(5_000_000)), "claims 5,000,000 bytes"),
    "bomb of labels": (zipped(labels_json=b" " * 9_000), "claims 9,000 bytes"),
    "extra member": (zipped(readme_txt=b"x"), "nothing else"),
    "path": (zipped(**{"../labels_json": b"{}"}), "nothing else"),
    "member missing": (zipped(labels_json=None), "nothing else"),
    "not JSON": (zipped(labels_json=b"{"), "damaged"),
    "not UTF-8": (zipped(labels_json=b"\xff\xfe\xfa"), "damaged"),
    "deep JSON": (zipped(labels_json=b"[" * 7_000), "damaged"),
    "a list": (zipped(labels_json=b"[]"), "another kind"),
    "extra key": (labelled(extra=1), "another kind"),
    "other format": (labelled(format="2"), "another kind"),
    "other network": (labelled(features="vgg"), "another network"),
    "nine classes": (labelled(names=list("abcdefghi")), "2 to 8"),
    "two classes": (labelled(names=["a", "b"]), "do not fit"),
    "same names": (labelled(names=["a", "a", "b"]), "same name"),
    "hostile name": (labelled(names=["a", "b", "c\u202e"]), "visible"),
    "names are numbers": (labelled(names=[1, 2, 3]), "visible"),
    "wrong shape": (weights(weight=torch.zeros(3, 7)), "do not fit"),
    "wrong bias": (weights(bias=torch.zeros(4)), "do not fit"),
    "half floats": (weights(weight=head().weight.half()), "float32"),
    "extra tensor": (weights(more=torch.zeros(1)), "do not fit"),
    "NaN": (weights(bias=torch.tensor([0.0, float("nan"), 0])), "finite"),
    "infinity": (weights(bias=torch.tensor([0.0, float("inf"), 0])), "finite"),
    "overflow": (weights(weight=head().weight * 1e30), "finite"),
    "bomb of pictures": (zipped(pictures_safetensors=bytes(9_000_000)), "claims 9,000,000 bytes"),
    "pickle as pictures": (zipped(pictures_safetensors=pickle.dumps(Trap())), "damaged"),
    "no pictures": (save_zip(head(), Kept(*(value[:0] for value in vars(kept()).values()))), "another kind"),
    "one label": (save_zip(head(), kept(labels=torch.tensor(1))), "another kind"),
    "half features": (save_zip(head(), kept(features=torch.rand(6, WIDTH).half())), "another kind"),
    "large thumbnails": (save_zip(head(), kept(thumbnails=torch.zeros(6, 9, 9, 3).byte())), "another kind"),
    "a class too many": (save_zip(head(), kept(labels=torch.tensor([0, 1, 2, 0, 1, 3]))), "do not fit"),
    "a negative class": (save_zip(head(), kept(labels=torch.tensor([0, 1, 2, 0, 1, -1]))), "do not fit"),
    "a class of one": (save_zip(head(), kept(labels=torch.tensor([0, 1, 2, 0, 1, 1]))), "do not fit"),
    "NaN in a picture": (save_zip(head(), kept(features=torch.full((6, WIDTH), float("nan")))), "do not fit"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_a_reason(name):
    data, reason = BAD[name]
    with pytest.raises(Complaint, match=reason) as caught:
        load_zip(data)
    assert caught.value.zh


def test_a_lie_about_the_size_is_not_believed():
    """The declared size is small, the packed data would give five megabytes: never more than declared is unpacked."""
    data = zipped(head_safetensors=bytes(5_000_000))
    lie = data.replace((5_000_000).to_bytes(4, "little"), (50_000).to_bytes(4, "little"))
    assert lie != data
    with pytest.raises(Complaint, match="damaged"):
        load_zip(lie)


def test_the_same_member_twice():
    buffer = io.BytesIO(zipped())
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("labels.json", b"{}")
    with pytest.raises(Complaint, match="nothing else"):
        load_zip(buffer.getvalue())


def test_any_broken_byte_is_a_sentence_at_worst():
    saved = save_zip(head(), kept())
    for at in [*range(0, 60), *range(len(saved) - 240, len(saved))]:
        broken = bytearray(saved)
        broken[at] ^= 0x5A
        try:
            load_zip(bytes(broken))
        except Complaint:
            continue
