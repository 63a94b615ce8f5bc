"""The one line of the action "postcard"."""

from ledger.requests import Request
from ledger.state import State
from rules.order import Source
from tasks.gate import Terms
from tasks.line import Line
from tests.tasks.third_action import decide, send

LINE: Line[Request] = Line(
    queue=decide.POSTCARDS,
    terms=Terms(decide.POSTCARD, needs=(Source.ORDERS,)),
    wanted=lambda _seller: True,
    decide=decide.decide,
    reconsider=decide.reconsider,
    look=lambda _session, _request: None,
    prepare=send.upload,
    act=send.post,
    in_doubt=(State.UNCLEAR,),
    look_again=send.look_again,
    look_after=send.LOOK_AFTER,
)
