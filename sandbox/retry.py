"""How a refusal says when to come back."""

import math
from datetime import datetime, timedelta
from email.utils import format_datetime

from sandbox.faults import Fault


def retry_after(fault: Fault, now: datetime) -> dict[str, str]:
    """The header of a 429, in the fault's ``form``: seconds, a date (whole seconds), or none."""
    seconds = fault.number("retry_after")
    if fault.text("form") == "none":
        return {}
    if fault.text("form") == "date":
        moment = now + timedelta(seconds=math.ceil(seconds))
        return {"Retry-After": format_datetime(moment, usegmt=True)}
    return {"Retry-After": f"{seconds:g}"}
