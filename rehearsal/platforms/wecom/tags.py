"""The corp's tag library: groups of tags; what one app made, another may not change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import body_of, brief
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import Tag, TagGroup
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
NAME_CHARACTERS_MAX = 30


def check_tags(corp: Corp, tags: Iterable[str]) -> None:
    """Raises 40068."""
    for tag in tags:
        if tag not in corp.tags:
            raise Refusal(40068)


@ROUTES.post(f"{CONTACT}/get_corp_tag_list")
def library(world: WeCom, request: Request) -> Answer:
    """``group_id`` wins over ``tag_id``; with neither, all."""
    corp, body = world.caller(request), body_of(request)
    groups, tags = set(body.get("group_id") or ()), set(body.get("tag_id") or ())
    inside: dict[str, list[Tag]] = {}
    for tag in corp.tags.values():
        if groups or not tags or tag.id in tags:
            inside.setdefault(tag.group, []).append(tag)
    found = [each for each in corp.tag_groups.values() if each.id in inside and (not groups or each.id in groups)]
    found.sort(key=lambda each: -each.order)
    return {"tag_group": [_told(each, inside[each.id], deleted=False) for each in found]}


@ROUTES.post(f"{CONTACT}/add_corp_tag")
def add(world: WeCom, request: Request) -> Answer:
    """Into the group of that id, or of that name, which is made when there is none. A name is in a group once."""
    corp, body = world.caller(request), body_of(request)
    wanted = body.get("tag") or []
    if not wanted:
        raise Refusal(40058, "no tag")
    if len(corp.tags) + len(wanted) > world.manners.tags_max:
        raise Refusal(40058, "too many tags")
    names = [brief(each["name"], NAME_CHARACTERS_MAX, "name") for each in wanted]
    group = _group(world, corp, body)
    here = {each.name for each in corp.tags.values() if each.group == group.id}
    made: list[Tag] = []
    agentid = int(request.app)
    for name, each in zip(names, wanted, strict=True):
        if name not in here:
            here.add(name)
            made.append(add_tag(world, corp, group, name, int(each.get("order", 0)), agentid))
    _echo(world, corp, "create", made)
    return {"tag_group": _told(group, made)}


def _group(world: WeCom, corp: Corp, body: dict[str, Any]) -> TagGroup:
    if body.get("group_id"):
        found = corp.tag_groups.get(body["group_id"])
        if found is None:
            raise Refusal(40068)
        return found
    name = brief(body.get("group_name"), NAME_CHARACTERS_MAX, "group_name")
    for group in corp.tag_groups.values():
        if group.name == name:
            return group
    return add_group(world, corp, name, int(body.get("order", 0)))


def add_group(world: WeCom, corp: Corp, name: str, order: int = 0) -> TagGroup:
    group = TagGroup(world.new_id("et"), name, world.now(), order)
    return corp.tag_groups.put(group.id, group)


def add_tag(world: WeCom, corp: Corp, group: TagGroup, name: str, order: int = 0, agentid: int = 0) -> Tag:
    tag = Tag(world.new_id("et"), group.id, name, world.now(), order, agentid)
    return corp.tags.put(tag.id, tag)


@ROUTES.post(f"{CONTACT}/edit_corp_tag")
def edit(world: WeCom, request: Request) -> Answer:
    """The id of a tag or of a group."""
    corp, body = world.caller(request), body_of(request)
    changes: dict[str, Any] = {}
    if "name" in body:
        changes["name"] = brief(body["name"], NAME_CHARACTERS_MAX, "name")
    if "order" in body:
        changes["order"] = int(body["order"])
    if body["id"] in corp.tag_groups:
        _unique(changes, body["id"], corp.tag_groups.values())
        corp.tag_groups.change(body["id"], **changes)
        _tell(world, corp, "update", body["id"], "tag_group")
        return {}
    tag = _own(corp, body["id"], int(request.app))
    _unique(changes, tag.id, [each for each in corp.tags.values() if each.group == tag.group])
    _echo(world, corp, "update", [corp.tags.change(tag.id, **changes)])
    return {}


def _unique(changes: dict[str, Any], own: str, others: Iterable[Tag | TagGroup]) -> None:
    if any(each.name == changes.get("name") and each.id != own for each in others):
        raise Refusal(40071)


def _own(corp: Corp, tag_id: str, agentid: int) -> Tag:
    """A tag that this app made. Raises 40068, 301002."""
    check_tags(corp, [tag_id])
    tag = corp.tags[tag_id]
    if tag.agentid != agentid:
        raise Refusal(301002)
    return tag


@ROUTES.post(f"{CONTACT}/del_corp_tag")
def delete(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    tags = [_own(corp, each, int(request.app)) for each in body.get("tag_id") or ()]
    groups: list[str] = list(body.get("group_id") or ())
    if not tags and not groups:
        raise Refusal(40058, "nothing to delete")
    for group in groups:
        if group not in corp.tag_groups:
            raise Refusal(40068)
        for each in [each for each in corp.tags.values() if each.group == group]:
            _own(corp, each.id, int(request.app))
    delete_tags(world, corp, [each.id for each in tags], groups, told=world.manners.echo)
    return {}


def delete_tags(world: WeCom, corp: Corp, tags: list[str], groups: list[str], *, told: bool) -> None:
    """Tags, and whole groups (told once). A group without tags goes with its last one. No customer keeps the tag."""
    gone = set(tags) | {each.id for each in corp.tags.values() if each.group in groups}
    emptied = {corp.tags[tag].group for tag in tags} - set(groups)
    for tag in gone:
        corp.tags.remove(tag)
    left = {each.group for each in corp.tags.values()}
    for group in [*groups, *(emptied - left)]:
        corp.tag_groups.remove(group)
    for follow in list(corp.follows.values()):
        if gone & set(follow.tags):
            corp.change_follow(follow, tags=tuple(tag for tag in follow.tags if tag not in gone))
    if told:
        for group in groups:
            _tell(world, corp, "delete", group, "tag_group")
        for tag in tags:
            _tell(world, corp, "delete", tag, "tag")


def _echo(world: WeCom, corp: Corp, change: str, tags: list[Tag]) -> None:
    if world.manners.echo:
        for tag in tags:
            _tell(world, corp, change, tag.id, "tag")


def _tell(world: WeCom, corp: Corp, change: str, thing: str, kind: str) -> None:
    world.tell(corp, "change_external_tag", change, Id=thing, TagType=kind)


def _told(group: TagGroup, tags: list[Tag], deleted: bool | None = None) -> dict[str, Any]:
    mark = {} if deleted is None else {"deleted": deleted}
    ordered = sorted(tags, key=lambda each: -each.order)
    inside = [
        {"id": each.id, "name": each.name, "create_time": each.create_time, "order": each.order, **mark}
        for each in ordered
    ]
    head = {"group_id": group.id, "group_name": group.name, "create_time": group.create_time, "order": group.order}
    return {**head, **mark, "tag": inside}
