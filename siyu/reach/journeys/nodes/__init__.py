"""The kinds of nodes, a family a file."""

from siyu.reach.journeys.nodes.acts import Attribute, Message, Reward, Tag, Task, WhenHeld
from siyu.reach.journeys.nodes.base import Edges, Node, OneWay
from siyu.reach.journeys.nodes.waits import BestHour, Wait, WaitEvent, WaitUntil
from siyu.reach.journeys.nodes.ways import Arm, Branch, Case, Exit, Split, SubJourney

Any = (
    Wait
    | WaitUntil
    | WaitEvent
    | BestHour
    | Branch
    | Split
    | Message
    | Tag
    | Attribute
    | Task
    | Reward
    | SubJourney
    | Exit
)

__all__ = [
    "Any", "Arm", "Attribute", "BestHour", "Branch", "Case", "Edges", "Exit", "Message", "Node", "OneWay", "Reward",
    "Split", "SubJourney", "Tag", "Task", "Wait", "WaitEvent", "WaitUntil", "WhenHeld",
]  # fmt: skip
