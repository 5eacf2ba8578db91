"""Teaching one's own classes: what a client and the page can ask for, and every limit."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from core.complaint import Complaint
from core.images import from_url, opened, to_url
from core.teaching import MOST_PICTURES, STEPS, WIDTH, Head
from core.teaching_file import load_zip, save_zip
from demos.cnn import teach
from demos.cnn.models import look_at, network
from demos.cnn.teach_desk import EMPTY, EXAMPLES, Taught, brought, changed, example, to_keep, with_shot
from demos.cnn.teach_lessons import Learned, answer_for, finish, lesson, renamed, run
from demos.pictures import photos


def blot(colour: tuple[int, int, int], seed: int) -> str:
    """A noisy picture of one colour as the page sends it."""
    noise = np.random.default_rng(seed).normal(0, 30, (64, 64, 3))
    return to_url(Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)))


REDS, BLUES = [blot((200, 30, 30), k) for k in range(5)], [blot((30, 30, 200), k) for k in range(5)]


def last(*args, **named) -> dict:
    *_, found = teach.compute(*args, **named)
    return found


def test_two_colours_are_learned_and_a_third_picture_is_named():
    steps = list(teach.compute(REDS + BLUES, ["red"] * 5 + ["blue"] * 5, blot((190, 40, 20), 9)))
    assert steps[:-1] == [{"read": 8}, {"read": 10}]
    found = steps[-1]
    assert found["names"] == ["red", "blue"]
    assert found["table"] == [[5, 0], [0, 5]]
    assert found["accuracy"] == 1
    assert found["top"][0][:3] == [0, "red", "red"]
    assert found["top"][0][3] + found["top"][1][3] == pytest.approx(1, abs=1e-4)
    assert {number for number, _ in found["nearest"][:5]} == {0, 1, 2, 3, 4}
    assert [row[0] for row in found["curve"]][:: len(found["curve"]) - 1] == [0, STEPS]


def test_without_anything_the_example_is_learned():
    found = last()
    assert found["names"] == list(EXAMPLES["things"])
    assert found["accuracy"] == 1
    assert "top" not in found


def test_labels_stay_with_their_pictures_in_any_order():
    found = last([REDS[0], BLUES[0], REDS[1], BLUES[1]], ["r", "b", "r", "b"], BLUES[2])
    assert found["top"][0][1] == "b"
    # numbers of pictures count class by class: r, r, b, b
    assert {number for number, _ in found["nearest"][:2]} == {2, 3}


@pytest.mark.parametrize(
    ("pictures", "labels", "reason"),
    [
        (["cat"], ["a", "b"], "one label for each"),
        (["cat"], None, "one label for each"),
        (None, ["a"], "one label for each"),
        ("cat", "a", "one label for each"),
        ([], [], "2 to 8 classes"),
        (["cat"] * 4, ["a"] * 4, "2 to 8 classes"),
        (["cat"] * 18, list("abcdefghi") * 2, "2 to 8 classes"),
        (["cat"] * 3, ["a", "a", "b"], "“b” has 1 pictures"),
        (["cat"] * 43, ["a"] * 41 + ["b"] * 2, "“a” has 41 pictures"),
        (["cat"] * 4, ["a", "a", "b", ""], "1 to 40 visible"),
        (["cat"] * 4, ["a", "a", "b", 7], "1 to 40 visible"),
        (["cat"] * 4, ["a", "a", "b" * 41, "b" * 41], "1 to 40 visible"),
        (["cat", "dog", "cat", "cat"], list("aabb"), "no picture 'dog'"),
        (["cat", None, "cat", "cat"], list("aabb"), "no picture"),
        (["cat", "data:image/png;base64,AAAA", "cat", "cat"], list("aabb"), "not a picture"),
        (["x" * 11_000_000] * 4, list("aabb"), "too many pictures"),
    ],
)
def test_limits(pictures, labels, reason):
    with pytest.raises(Complaint, match=reason) as caught:
        last(pictures, labels)
    assert caught.value.zh


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_whole(name):
    taught = example(name)
    assert [label for _, label in taught.kinds] == list(EXAMPLES[name])
    assert len({len(taught.of(kind)) for kind, _ in taught.kinds}) == 1
    assert len({shot.number for shot in taught.shots}) == len(taught.shots)


def test_the_example_knows_its_things_and_shrugs_at_others():
    *_, (learned, shown) = run(example("things"), pace=0)
    assert shown["done"]
    assert shown["right"] == shown["total"] == sum(map(sum, shown["table"])) == len(shown["pictures"])
    for number, photo in enumerate(("cat", "coffee", "flower")):
        found = answer_for(photo, "centre", learned)
        assert found["top"][0][0] == number
        assert found["top"][0][3] > 0.9
        assert found["nearest"][0][2] > found["usual"][0]
    found = answer_for("rocket", "centre", learned)
    assert found["top"][0][3] < 0.7
    assert found["nearest"][0][2] < 0.9 * found["usual"][0]  # the page says then that nothing taught is like it


def test_the_evidence_speaks_for_the_answer():
    *_, (learned, _) = run(example("things"), pace=0)
    _, x, _ = look_at("cat", "centre")
    with torch.inference_mode():
        maps = network("efficientnet").until("head", x)
        features = network("efficientnet").until("mean", x)
    head = learned.head
    scores = head.probabilities(features)[0].log()
    expected = scores[0] - scores.mean() - head.bias[0] + head.bias.mean()
    assert head.evidence(maps[0], 0).mean().item() == pytest.approx(expected.item(), abs=1e-3)


def test_training_tells_how_it_goes_and_every_head_on_the_way_is_usable():
    steps = list(run(example("things"), pace=0))
    assert [shown["done"] for _, shown in steps] == [False] * (len(steps) - 1) + [True]
    assert [len(shown["curve"]) for _, shown in steps] == list(range(1, len(steps) + 1))
    assert steps[0][1]["curve"][0][1] == pytest.approx(np.log(3), abs=1e-3)
    assert answer_for("cat", "centre", steps[3][0])["top"][0][0] == 0


def test_pictures_that_are_there_twice_are_counted():
    taught = EMPTY
    for kind, seeds in ((0, (1, 2, 2)), (1, (3, 4, 5))):
        colour = (200, 30, 30) if kind == 0 else (30, 30, 200)
        taught = act(taught, "add", kind=kind, pictures=[blot(colour, seed) for seed in seeds])
    *_, (_, shown) = run(taught, pace=0)
    assert shown["twice"] == 2


def test_a_lesson_can_be_ended_in_the_middle():
    running = run(example("things"), pace=0)
    next(running)
    running.close()


def act(taught, what, **data) -> Taught:
    return changed(taught, what, data, "centre")


def test_gestures():
    taught = act(None, "add", kind=1, pictures=["cat", REDS[0]])
    assert [len(taught.of(kind)) for kind, _ in taught.kinds] == [0, 2]
    taught = act(taught, "rename", kind=1, name=" mine ")
    assert dict(taught.kinds)[1] == "mine"
    taught = act(taught, "more")
    assert len(taught.kinds) == 3
    assert len({kind for kind, _ in taught.kinds}) == 3
    taught = act(taught, "add", kind=taught.kinds[2][0], pictures=["coffee"])
    before = taught.version()
    taught = act(taught, "remove", number=taught.of(1)[0].number)
    assert taught.version() != before
    assert len(taught.of(1)) == 1
    taught = act(taught, "less", kind=1)
    assert [name for _, name in taught.kinds] == [EMPTY.kinds[0][1], "class 3 · 类别 3"]
    assert len(taught.shots) == 1
    assert EMPTY.shots == ()


@pytest.mark.parametrize(
    ("what", "data", "reason"),
    [
        ("add", {}, "must be a number"),
        ("add", dict(kind=5, pictures=["cat"]), "no such class"),
        ("add", dict(kind=0), "too many"),
        ("add", dict(kind=0, pictures=["cat"] * 41), "too many"),
        ("add", dict(kind=0, pictures=[{}]), "no picture"),
        ("rename", dict(kind=0, name=""), "1 to 40"),
        ("rename", dict(kind=0, name=EMPTY.kinds[1][1]), "same name"),
        ("rename", dict(kind=9, name="x"), "no such class"),
        ("less", dict(kind=0), "at least 2"),
    ],
)
def test_gestures_that_are_refused(what, data, reason):
    with pytest.raises(Complaint, match=reason):
        act(EMPTY, what, **data)


def test_a_class_gets_full_and_there_are_at_most_eight():
    full = EMPTY
    for _ in range(MOST_PICTURES):
        full = with_shot(full, 0, "", torch.ones(WIDTH))
    with pytest.raises(Complaint, match="is full"):
        act(full, "add", kind=0, pictures=["cat"])
    for _ in range(6):
        full = act(full, "more")
    with pytest.raises(Complaint, match="2 to 8"):
        act(full, "more")


def test_training_on_nothing_is_a_sentence():
    with pytest.raises(Complaint, match="has 0 pictures"):
        next(run(EMPTY))


def test_a_head_from_a_file_answers_as_the_one_that_was_saved():
    *_, (learned, _) = run(example("things"), pace=0)
    back = Learned(load_zip(save_zip(learned.head))[0])
    ours, theirs = (answer_for("coffee", "centre", one) for one in (learned, back))
    assert theirs["top"] == ours["top"]
    assert theirs["nearest"] == []
    assert theirs["usual"] is None


def test_pictures_from_a_file_lie_on_the_desk_as_before():
    *_, (learned, _) = run(example("things"), pace=0)
    labels = torch.tensor([learned.kinds.index(shot.kind) for shot in learned.shots])
    head, kept = load_zip(save_zip(learned.head, to_keep(learned.shots, labels)))
    back = brought(head, kept)
    assert [name for _, name in back.kinds] == list(EXAMPLES["things"])
    assert [len(back.of(kind)) for kind, _ in back.kinds] == [8, 8, 8]
    *_, (again, _) = run(back, pace=0)
    assert torch.allclose(again.head.weight, learned.head.weight, atol=1e-5)
    question = [answer_for("coffee", "centre", one)["nearest"] for one in (learned, finish(back, head))]
    assert [row[1:] for row in question[0]] == [row[1:] for row in question[1]]
    first, second = (np.asarray(opened(from_url(rows[0][0])).image).astype(int) for rows in question)
    assert abs(first - second).mean() < 3  # thumbnails are JPEG once more


def test_a_renamed_class_answers_by_its_new_name():
    taught = example("things")
    known = finish(taught, [report for _, report in lesson(taught)][-1].head)
    kind = taught.kinds[1][0]
    now = renamed(known, act(taught, "rename", kind=kind, name="espresso"))
    assert now.head.names[1] == "espresso"
    assert renamed(known, EMPTY).head.names[2] == EXAMPLES["things"][2]  # the class is gone, its name stays


def test_thumbnails_are_small():
    board = teach.board(example("things"))
    for _, _, pictures in board["classes"]:
        for _, thumbnail in pictures:
            assert len(thumbnail) < 6_000
            image = Image.open(io.BytesIO(from_url(thumbnail)))
            assert max(image.size) <= 96
    assert {row[0] for row in board["photos"]} == set(photos())


def test_a_head_of_zeros_is_undecided():
    head = Head(("a", "b"), torch.zeros(2, WIDTH), torch.zeros(2))
    found = answer_for("cat", "centre", Learned(head))
    assert [row[3] for row in found["top"]] == [0.5, 0.5]
    assert found["peak"] == 0
