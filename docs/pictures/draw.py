"""Draws the two pictures of the guide: ``python -m docs.pictures.draw``. The loop and the house, in both languages."""

from __future__ import annotations

import math
from pathlib import Path

FOLDER = Path(__file__).parent
INK, PALE, LINE, ACCENT = "#1d2733", "#f6f8fb", "#8a97a8", "#0f766e"
FONT = "font-family=\"'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif\""

LOOP = [
    (("数据进来", "Data in"), ("上报 · 文件 · 回调", "calls, files, callbacks")),
    (("客户", "People"), ("识别、合并、标签、同意", "identity, tags, consent")),
    (("人群", "Audience"), ("规则，一句中文", "a rule, one sentence")),
    (("群发", "Broadcast"), ("分寸：能不能打扰", "guard: may we disturb?")),
    (("回应", "Answers"), ("打开、点击、下单、退订", "open, click, buy, leave")),
    (("指标", "Figures"), ("每个数都能点进去", "every number opens")),
]
HOUSE = [
    (("cli · app", "cli · app"), ("命令行；把一切接在一起", "commands; puts all together")),
    (("web", "web"), ("网页、接口、事件入口", "console, API, intake")),
    (("insight", "insight"), ("分析：只读事件", "reads events only")),
    (("reach", "reach"), ("触达：分寸、待发箱、投递", "guard, outbox, delivery")),
    (("experiments", "experiments"), ("实验：对照组", "hold-outs")),
    (("audiences", "audiences"), ("人群、分层", "rules, layers")),
    (
        ("channels · people · staff", "channels · people · staff"),
        ("渠道 · 客户 · 员工", "platforms · identity · roles"),
    ),
    (("jobs", "jobs"), ("任务、定时、设置", "durable work, settings")),
    (("storage", "storage"), ("状态库 · 收件箱 · 事件库", "ledger · inbox · event log")),
]


def text(x: float, y: float, words: str, size: int, colour: str = INK, weight: str = "400") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" {FONT} font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="middle">{words}</text>'
    )


def box(x: float, y: float, wide: float, high: float, *inner: str) -> str:
    frame = f'<rect x="{x - wide / 2:.0f}" y="{y - high / 2:.0f}" width="{wide:.0f}" height="{high:.0f}" rx="12" '
    return frame + f'fill="{PALE}" stroke="{LINE}"/>' + "".join(inner)


def svg(wide: int, high: int, title: str, *parts: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" aria-label="{title}">'
    arrow = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0 10 5 0 10z" fill="{ACCENT}"/></marker></defs>'
    )
    ground = f'<rect width="{wide}" height="{high}" fill="#ffffff"/>'
    return "\n".join([head, arrow, ground, *parts, "</svg>", ""])


def loop(language: int) -> str:
    wide, high, x0, y0, rx, ry = 860, 520, 430, 260, 310, 185
    places = [-math.pi / 2 + place * 2 * math.pi / len(LOOP) for place in range(len(LOOP))]
    parts = [text(x0, y0 - 4, ("一圈", "one turn")[language], 26, ACCENT, "600")]
    parts.append(text(x0, y0 + 26, ("回应又是数据", "answers are data again")[language], 15, LINE))
    for place, angle in enumerate(places):
        a, b = angle + 0.36, angle + 2 * math.pi / len(LOOP) - 0.36
        start, end = [(x0 + rx * math.cos(each), y0 + ry * math.sin(each)) for each in (a, b)]
        parts.append(
            f'<path d="M{start[0]:.0f} {start[1]:.0f}A{rx} {ry} 0 0 1 {end[0]:.0f} {end[1]:.0f}" fill="none" '
            f'stroke="{ACCENT}" stroke-width="2.5" marker-end="url(#tip)"/>'
        )
        x, y = x0 + rx * math.cos(angle), y0 + ry * math.sin(angle)
        name, more = LOOP[place]
        words = [text(x, y - 5, name[language], 20, INK, "600"), text(x, y + 20, more[language], 13, LINE)]
        parts.append(box(x, y, 190, 72, *words))
    return svg(wide, high, ("私域的一圈", "The loop that Siyu runs")[language], *parts)


def house(language: int) -> str:
    wide, step, top = 760, 62, 84
    high = top + step * len(HOUSE) + 40
    parts = [f'<path d="M70 {top - 8} 380 16 690 {top - 8}z" fill="{ACCENT}" opacity=".12" stroke="{ACCENT}"/>']
    parts.append(text(380, 62, ("只往下引用", "imports run downward")[language], 16, ACCENT, "600"))
    for place, (name, more) in enumerate(HOUSE):
        y = top + step * place + step / 2
        parts.append(box(380, y, 620, step - 8))
        parts.append(text(235, y + 6, name[language], 18, INK, "600"))
        parts.append(text(520, y + 6, more[language], 15, LINE))
    parts.append(
        f'<path d="M718 {high - 50}V{top}" fill="none" stroke="{ACCENT}" stroke-width="2.5" marker-end="url(#tip)"/>'
    )
    note = ("消息以事件往上走", "news travels up as events")[language]
    parts.append(f'<g transform="rotate(-90 742 {high / 2:.0f})">{text(742, high / 2, note, 14, ACCENT)}</g>')
    return svg(wide, int(high), ("私域的房子", "The house")[language], *parts)


def main() -> None:
    for place, language in enumerate(("zh", "en")):
        (FOLDER / f"loop.{language}.svg").write_text(loop(place), "utf-8")
        (FOLDER / f"house.{language}.svg").write_text(house(place), "utf-8")


if __name__ == "__main__":
    main()
