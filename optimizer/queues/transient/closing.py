"""The time after a day's last period: the door is shut, and those inside are served; in closed form."""

import numpy as np

from optimizer.compilation import compiled
from optimizer.queues.transient.kernel import Floats


@compiled
def closing_minutes(busy: int, waiting: int, servers: int, service: float) -> tuple[float, float, float]:
    """Customer-minutes waiting, server-minutes of work and minutes until empty, from closing on, in closed form.

    The door is shut, nobody gives up, ``servers`` ≥ 1 go on and those beyond them finish: with b in service and w
    waiting it takes Σ_{j=s+1..b} 1/(jμ) until the first call is due and 1/(sμ) for each of the w calls.
    """
    if busy < servers:
        called = min(servers - busy, waiting)
        busy, waiting = busy + called, waiting - called
    first_call = 0.0
    for j in range(servers + 1, busy + 1):
        first_call += 1.0 / (j * service)
    clear = first_call + waiting / (servers * service)
    for j in range(1, min(busy, servers) + 1):
        clear += 1.0 / (j * service)
    queue = waiting * first_call + waiting * (waiting + 1) / (2.0 * servers * service)
    return queue, (busy + waiting) / service, clear


@compiled
def after_closing(state: Floats, before: int, service: float) -> Floats:
    """Means after a day that ends with ``before`` servers: the measures of ``closing_minutes``, and number present.

    At least one server stays.
    """
    result = np.zeros(4)
    for r in range(state.shape[0]):
        for c in range(1, state.shape[1] - 1):
            mass = state[r, c]
            if mass == 0.0:
                continue
            busy = min(c - 1, before) if r == 0 else before + r
            waiting = c - 1 - busy if r == 0 else c - 1
            queue, work, clear = closing_minutes(busy, waiting, max(1, before), service)
            result[0] += mass * queue
            result[1] += mass * work
            result[2] += mass * clear
            result[3] += mass * (busy + waiting)
    return result
