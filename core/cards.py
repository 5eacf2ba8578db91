"""Model cards and the README's table, made from `weights/manifest.json` and from nothing else.

    python -m core.cards     writes weights/cards/*.md and the table in README.md

A test makes them anew and compares, so a card cannot say what the manifest does not.
"""

from pathlib import Path

from core.weights import FOLDER, manifest

HEADINGS = {
    "en": {
        "network": "Network",
        "parameters": "parameters",
        "file": "File",
        "data": "Learned from",
        "licence": "Licence",
        "recipe": "Made by",
        "seed": "seed",
        "training": "Training",
        "measured": "What was measured",
        "value": "value",
        "on": "on what, and how",
        "beside": "Beside it",
        "limits": "What it cannot do",
        "read": "Preprocessing",
        "epochs": "{epochs} of {of} planned passes so far",
        "steps": "{steps:,} steps, {minutes:g} minutes",
    },
    "zh": {
        "network": "网络",
        "parameters": "个参数",
        "file": "文件",
        "data": "学习材料",
        "licence": "许可",
        "recipe": "制作命令",
        "seed": "种子",
        "training": "训练",
        "measured": "测得的结果",
        "value": "数值",
        "on": "测量对象与方法",
        "beside": "作比较",
        "limits": "它做不到什么",
        "read": "预处理",
        "epochs": "计划 {of} 遍，目前 {epochs} 遍",
        "steps": "{steps:,} 步，{minutes:g} 分钟",
    },
}
START, END = "<!-- table: start -->", "<!-- table: end -->"


def render(name: str, entry: dict, language: str) -> str:
    """The card of one weight file as Markdown, in "en" or "zh"."""
    h = HEADINGS[language]

    def said(value: str | dict) -> str:
        return value[language] if isinstance(value, dict) else value

    def cell(value: str | dict) -> str:
        return said(value).replace("|", "\\|")  # else it would end the cell

    def table(rows: list[dict]) -> list[str]:
        return [
            f"| | {h['value']} | {h['on']} |",
            "|---|---|---|",
            *(
                f"| {cell(row['name'])} | {row['value']:,g} {said(row.get('unit', ''))} | {cell(row['how'])} |"
                for row in rows
            ),
        ]

    lines = [
        f"#### {said(entry['title'])}",
        "",
        f"- **{h['network']}**: {said(entry['network'])}; {entry['parameters']:,} {h['parameters']}",
        f"- **{h['file']}**: `weights/{name}`, {entry['size']:,} bytes, SHA-256 `{entry['sha256'][:16]}…`",
        f"- **{h['read']}**: {said(entry['preprocessing'])}",
        f"- **{h['data']}**: {said(entry['data'])}. {h['licence']}: {said(entry['licence'])}",
        f"- **{h['recipe']}**: `{entry['recipe']}`" + (f", {h['seed']} {entry['seed']}" if "seed" in entry else ""),
        *([f"- **{h['training']}**: {trained(entry['training'], h)}"] if "training" in entry else []),
        "",
        f"**{h['measured']}**",
        "",
        *table(entry["metrics"]),
        "",
    ]
    if entry.get("baselines"):
        lines += [f"**{h['beside']}**", "", *table(entry["baselines"]), ""]
    return "\n".join([*lines, f"**{h['limits']}**: {said(entry['limits'])}", ""])


def trained(training: dict, heading: dict[str, str]) -> str:
    """How long a network has learned, and how much of it is still planned."""
    parts = [heading["steps"].format(**training)]
    if training.get("epochs", 0) < training.get("of", 0):
        parts.append(heading["epochs"].format(**training))
    return ", ".join(parts)


def card_name(file: str) -> str:
    """What the card of a weight file is called."""
    return file.removesuffix(".safetensors").replace("/", "-")


def overview(entries: dict[str, dict]) -> str:
    """The README's table: one row per file, with its first measured result."""
    rows = [
        f"| `{name}` | {entry['title']['en']} | {entry['parameters']:,} | {entry['size'] / 1e6:.1f} MB | "
        f"{entry['metrics'][0]['name']['en']}: {entry['metrics'][0]['value']:g} |"
        for name, entry in entries.items()
    ]
    return "\n".join(["| file | what | parameters | size | first figure of its card |", "|---|---|---|---|---|", *rows])


def pages() -> dict[Path, str]:
    """Every generated file and its text."""
    entries = manifest()
    made = {
        FOLDER / "cards" / f"{card_name(name)}.{language}.md": render(name, entry, language)
        for name, entry in entries.items()
        for language in HEADINGS
    }
    readme = FOLDER.parent / "README.md"
    if readme.exists():
        before, _, rest = readme.read_text(encoding="utf-8").partition(START)
        made[readme] = before + START + "\n" + overview(entries) + "\n" + END + rest.partition(END)[2]
    return made


def main() -> None:
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main()
