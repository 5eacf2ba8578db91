"""Asking the forger for an attribute: nine numbers of its noise each decide one, and one of them is moved."""

from typing import Any

import torch
from torch import Tensor

from core.complaint import Complaint
from core.gan import asking, forger
from core.models.gan import unit
from demos.gan.arithmetic import word
from demos.gan.pieces import FORGER, Piece, model, noise

HEARD = 0.2
"""Share of what chance leaves open by which a forger must do better before it is said to listen."""
MOOT = {"hair colour": ("hair", "none", ["a bald head has no hair colour", "光头没有发色"])}
"""Attributes that do not apply while another one is asked to have a value, and why."""


def wishes() -> list[dict[str, Any]]:
    """The attributes that noise decides, as the forger's entry has them: {column, values, colours, designs, obeyed,
    chance}, see `weights.recipes.gan_wishes.wishes`; [] for a forger that knows none. Raises WeightsError."""
    return forger(FORGER)[1].get("wishes", [])


def able(one: Piece) -> list[dict[str, Any]]:
    """Those of `wishes` that the design of a piece can show."""
    return [row for row in wishes() if one.kind in row["designs"]]


def asked(text: object, one: Piece) -> dict[str, str]:
    """What a client asks of a piece, without what its own noise decides that way anyway: column -> value.

    Raises:
        Complaint: no such attribute, or no such value, or the piece's design cannot show it.
    """
    if text is None:
        return {}
    if not isinstance(text, dict):
        raise Complaint("What is asked for must be given by attribute.", "要求必须按属性的名称给出。")
    known = {row["column"]: row["values"] for row in able(one)}
    for column, value in text.items():
        if column not in known or value not in known[column]:
            shown = f"{column!r}: {value!r}"[:60]
            offered = "; ".join(f"{name}: {', '.join(values)}" for name, values in known.items())
            raise Complaint(
                f"This design cannot be asked for {shown}; it can for {offered or 'nothing'}.",
                f"不能向这种画风要求 {shown}；可以要求 {offered or '无'}。",
            )
    own = said(one)
    return {column: text[column] for column in known if column in text and text[column] != own[column]}


def said(one: Piece) -> dict[str, str]:
    """What the noise of a piece decides: column -> value."""
    rows = wishes()
    if not rows:
        return {}
    with torch.inference_mode():
        told = model().mapping.wishes(unit(noise([one])[0]))[0]
    parts = told.split([len(row["values"]) for row in rows])
    return {row["column"]: row["values"][part.argmax()] for row, part in zip(rows, parts, strict=True)}


def moved(z: Tensor, wanted: dict[str, str]) -> Tensor:
    """Noise (1, z) that decides as wanted, and everything else as before."""
    values = [row["values"].index(wanted[row["column"]]) if row["column"] in wanted else -1 for row in wishes()]
    return asking(z, model().config, torch.tensor([values]))


def offered(one: Piece, wanted: dict[str, str]) -> list[dict[str, Any]]:
    """For the page: what a piece's design can be asked for, what is obeyed most often first: {column, name, own, now,
    values: [{value, says, colour}], obeyed, chance, heard, moot}.

    own: what its noise decides; now: what is asked; colour: hexadecimal, or ""; obeyed: the share of pictures, in
    percent, in which the reader finds what noise asked for; chance: what always giving the most frequent value would
    reach; heard: whether obeyed is clearly more; moot: why it does not apply beside what else is asked, [English,
    Chinese], or None."""
    own = said(one)
    now = own | wanted
    return [
        dict(
            column=row["column"],
            name=word(row["column"]),
            own=own[row["column"]],
            now=now[row["column"]],
            values=[
                dict(value=value, says=word(row["column"], value), colour=colour)
                for value, colour in zip(row["values"], row["colours"], strict=True)
            ],
            obeyed=row["obeyed"],
            chance=row["chance"],
            heard=row["obeyed"] - row["chance"] >= HEARD * (100 - row["chance"]),
            moot=moot(row["column"], now),
        )
        for row in sorted(able(one), key=lambda row: -row["obeyed"])
    ]


def moot(column: str, now: dict[str, str]) -> list[str] | None:
    """Why an attribute does not apply beside what is asked for, now; None if it does."""
    other, value, why = MOOT.get(column, ("", "", None))
    return why if other in now and now[other] == value else None


def written(wanted: dict[str, str]) -> str:
    """What is asked for as text for the address, such as "hair:long,glasses:glasses"."""
    return ",".join(f"{column}:{value}" for column, value in wanted.items())


def read(text: object, one: Piece) -> dict[str, str]:
    """What such a text asks of a piece; what cannot be, such as clothes of a design without, is left out."""
    known = {row["column"]: row["values"] for row in able(one)}
    pairs = [pair.partition(":") for pair in text[:500].split(",")] if isinstance(text, str) else []
    return asked({column: value for column, _, value in pairs if value in known.get(column, ())}, one)
