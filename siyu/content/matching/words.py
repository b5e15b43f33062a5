"""Why a piece was chosen for somebody, in words."""

from __future__ import annotations

from siyu.content.matching.model import Candidate, Choice

_OWN_LITTLE = 0.05
_LIKES_MORE = 1.3


def told(choice: Choice, piece: Candidate) -> tuple[str, str]:
    """Chinese and English."""
    zh, en = list[str](), list[str]()
    if choice.tried:
        zh.append("试一试：抽中的一小部分人，用来了解这条内容受不受欢迎")
        en.append("tried out: one of a small share that shows how the piece is received")
    if choice.tag:
        percent, usual = round(choice.interest * 100), round(choice.usual * 100)
        if choice.own < _OWN_LITTLE:
            zh.append(f"还不够了解这位客户，按大家的喜好：「{choice.tag}」")
            en.append(f"little is known of this person; as most people like: “{choice.tag}”")
        elif choice.interest > choice.usual * _LIKES_MORE:
            zh.append(f"常买常看「{choice.tag}」：占其兴趣 {percent}%，平均 {usual}%")
            en.append(f"often buys or looks at “{choice.tag}”: {percent}% of their interest, {usual}% on average")
        else:
            zh.append(f"在候选里最合其兴趣：「{choice.tag}」 {percent}%，平均 {usual}%")
            en.append(f"of all, the nearest to their interest: “{choice.tag}” {percent}%, {usual}% on average")
    if piece.sent >= 20:
        zh.append(f"发过 {piece.sent} 次，打开 {round(piece.opened / piece.sent * 100)}%")
        en.append(f"sent {piece.sent} times, opened {round(piece.opened / piece.sent * 100)}%")
    if choice.fresh < 0.9:
        zh.append("不是新鲜内容，分数略降")
        en.append("no longer fresh, so it weighs a little less")
    return "；".join(zh), "; ".join(en)
