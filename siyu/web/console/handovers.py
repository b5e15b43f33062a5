"""People → hand over: customers and groups of a member who stays or has left go to another."""

from __future__ import annotations

from siyu.channels.wecom.transfers import handovers
from siyu.channels.wecom.transfers.handovers import STATES, Wish
from siyu.channels.wecom.transfers.tasks import ask_to_read
from siyu.people.finding import holders_of, names_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, place_of, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("people", "/hand-over", "转接", "Hand over", permission="people.read", order=60)

KINDS = {"stays": ("在职转接", "Who stays"), "left": ("离职转接", "Who has left")}
WHAT = {
    "customers": ("全部客户", "all customers"),
    "both": ("全部客户和群", "all customers and groups"),
    "groups": ("全部群", "all groups"),
    "some": ("只转接下面列出的", "only those listed below"),
}
LISTED = (
    Column("giver", "移交成员", "From"),
    Column("taker", "接替成员", "To"),
    Column("done", "已转接", "Done", numeric=True),
    Column("open", "进行中", "Open", numeric=True),
    Column("failed", "未成功", "Not done", numeric=True),
    Column("account", "账号", "Account", narrow=False),
    Column("at", "时间", "When", narrow=False),
)
ITEMS = (
    Column("item", "客户或群", "Customer or group"),
    Column("state", "结果", "Result"),
    Column("reason", "原因", "Reason"),
    Column("settled", "时间", "When", narrow=False),
)
NOT_DONE = ("refused", "full", "failed", "unsettled", "withdrawn")


@page("/hand-over", "people.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("handovers", LISTED, views=False)
    found = handovers.list_handovers(stores, before=listing.before, rows_max=ASKED_MAX)
    own = known.companies(stores)
    waiting = [(account, *each) for account in own for each in handovers.leavers(stores, account)]
    return view.render(
        "people/handovers.html",
        fragment="list",
        listing=listing.cut(found, lambda each: each.id),
        accounts=own,
        leavers=waiting,
        not_done=NOT_DONE,
    )


@submit("/hand-over/read", "people.hand_over", audits="unassigned_read")
def read(view: View, stores: Stores) -> Html:
    for account in known.companies(stores):
        note(f"account:{account}")
        ask_to_read(stores, account)
    toast = ("正在后台读取，可离开此页", "Being read in the background; you may leave")
    return view.redirect("/hand-over", toast=toast)


def _form_page(view: View, stores: Stores, form: Form) -> Html:
    show = view.render if form.ok else view.invalid
    account, giver = whole(form.get("account")), form.get("giver").strip()
    own = known.companies(stores)
    has = None
    if giver and account in own:
        has = handovers.holding(stores, account, giver, left=form.get("kind") == "left")
    return show(
        "people/handover_form.html",
        form=form,
        accounts=own,
        members_known=known.members(stores, own),
        kinds=[(key, t(*words)) for key, words in KINDS.items()],
        what=[(key, t(*words)) for key, words in WHAT.items()],
        has=has,
    )


@page("/hand-over/new", "people.hand_over")
def new(view: View, stores: Stores, account: int = 0, giver: str = "", kind: str = "stays") -> Html:
    shown = Form.showing(account=account or None, giver=giver, kind=kind if kind in KINDS else "stays", what="both")
    return _form_page(view, stores, shown)


@submit("/hand-over/new", "people.hand_over", audits="hand_over_recorded")
def start(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        account = form.whole("account", low=1)
        kind, what = form.choice("kind", list(KINDS)), form.choice("what", list(WHAT))
        customers = None if what in ("customers", "both") else form.get("customers").split() if what == "some" else []
        groups = None if what in ("groups", "both") else form.get("groups").split() if what == "some" else []
        wish = Wish(
            form.text("giver", required=True),
            form.text("taker", required=True),
            kind == "left",
            customers,
            groups,
            form.text("message", characters_max=handovers.MESSAGE_CHARACTERS_MAX),
        )
        if form.ok:
            number = handovers.hand_over(stores, actor.tag, account, wish)
            note(f"hand_over:{number}", giver=wish.giver, taker=wish.taker)
            return view.redirect(f"/hand-over/{number}", toast=("已记录，正在转接", "Recorded; it is under way"))
    return _form_page(view, stores, form)


@page("/hand-over/{hand_over:int}", "people.read")
def one(view: View, stores: Stores, hand_over: Id) -> Html:
    found = handovers.get_handover(stores, hand_over)
    listing = Listing.read("handover-items", ITEMS, filters=("state",), views=False)
    after = place_of(listing.cursor, str, str)
    rows = handovers.items_of(stores, hand_over, state=listing.filters["state"], after=after, rows_max=ASKED_MAX)
    persons = holders_of(stores, "external_userid", (each.item for each in rows if each.kind == "customer"))
    return view.render(
        "people/handover.html",
        fragment="list",
        found=found,
        listing=listing.cut(rows, lambda row: (row.kind, row.item)),
        accounts=known.companies(stores),
        persons=persons,
        names=names_of(stores, persons.values()),
        states=in_words(STATES),
        not_done=NOT_DONE,
    )


@submit(
    "/hand-over/{hand_over:int}/withdraw",
    "people.hand_over",
    audits="hand_over_withdrawn",
    about="hand_over:{hand_over}",
)
def withdraw(view: View, stores: Stores, hand_over: Id) -> Html:
    handovers.withdraw(stores, hand_over)
    toast = ("没有交给平台的已撤回", "What the platform was not told of is withdrawn")
    return view.redirect(f"/hand-over/{hand_over}", toast=toast)


ROUTES = [list_all, read, new, start, one, withdraw]
