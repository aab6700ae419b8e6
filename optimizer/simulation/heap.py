"""Events to come, as a binary heap in two arrays: moments, and what happens then."""

import numpy as np

from optimizer.compilation import inlined


@inlined
def push(moments: np.ndarray, codes: np.ndarray, size: int, moment: float, code: int) -> int:
    """Add an event; returns the new size. The arrays have room for one more."""
    place = size
    while place > 0:
        parent = (place - 1) >> 1
        if moments[parent] <= moment:
            break
        moments[place] = moments[parent]
        codes[place] = codes[parent]
        place = parent
    moments[place] = moment
    codes[place] = code
    return size + 1


@inlined
def drop_first(moments: np.ndarray, codes: np.ndarray, size: int) -> int:
    """Remove the earliest event, which stands at 0; returns the new size."""
    size -= 1
    moment, code = moments[size], codes[size]
    place = 0
    while True:
        least = 2 * place + 1
        if least >= size:
            break
        if least + 1 < size and moments[least + 1] < moments[least]:
            least += 1
        if moments[least] >= moment:
            break
        moments[place] = moments[least]
        codes[place] = codes[least]
        place = least
    moments[place] = moment
    codes[place] = code
    return size
