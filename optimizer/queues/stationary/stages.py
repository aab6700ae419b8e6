"""Stages in a row, in the long run: each one's departures are the next one's arrivals."""

from collections.abc import Sequence

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates, whole
from optimizer.queues.stationary.general_service import general_service
from optimizer.queues.stationary.measures import StationaryQueue


def departure_scv(servers: int, utilization: float, scv: float = 1.0, arrival_scv: float = 1.0) -> float:
    """Variability of the stream that leaves a G/G/c queue: squared coefficient of variation between departures.

    1 + (1 - ρ²) (arrival_scv - 1) + ρ² (max(scv, 0.2) - 1) / √c

    Args:
        servers: c, at least 1.
        utilization: ρ, 0 to 1.
        scv: of the service time.
        arrival_scv: of the time between arrivals; 1: Poisson.

    Returns:
        The squared coefficient of variation; 1 is that of a Poisson stream.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: exact for M/M/c, where departures are Poisson, and for M/G/1 with scv at least .2. Behind three servers with
    Poisson arrivals, ρ .5 to .85: -4 to -2 % at scv .5, +11 to +19 % at scv 2, +30 to +47 % at scv 4.
    One number cannot say at which time scale a stream varies: a stage passed with little waiting leaves slow swings in
    it, which a later, busier stage feels and this does not.

    Source: Whitt (1983), "The queueing network analyzer".

    >>> departure_scv(3, 0.8)
    1.0
    """
    whole("servers", servers, least=1)
    check_at_least(0, utilization=utilization, scv=scv, arrival_scv=arrival_scv)
    if utilization > 1:
        raise InvalidParameterError(f"utilization: {utilization}: expected at most 1")
    busy = utilization**2
    return float(1 + (1 - busy) * (arrival_scv - 1) + busy * (max(scv, 0.2) - 1) / servers**0.5)


def tandem(
    servers: Sequence[int],
    arrival_rate: float,
    service_rates: Sequence[float],
    scvs: Sequence[float] | None = None,
    arrival_scv: float = 1.0,
) -> list[StationaryQueue]:
    """Stages in a row that all customers pass, each a G/G/c queue fed by the departures of the one before.

    Args:
        servers: c of each stage, at least 1.
        arrival_rate: λ from outside.
        service_rates: μ of each stage, in the same unit of time.
        scvs: of the service time of each; None: exponential.
        arrival_scv: of the time between arrivals from outside; 1: Poisson.

    Returns:
        A queue for each stage, by ``general_service``. Exact, independent M/M/c queues when arrivals are Poisson and
        all service is exponential (Jackson); approximate otherwise. Behind a stage that cannot keep up the stream is
        slowed to what it serves; its own wait is infinite.

    Raises:
        InvalidParameterError: for a number outside its domain, or lists of different length.

    Assumptions: nobody gives up, endless room between stages, service times independent from stage to stage.

    Range: two stages, Poisson arrivals, the first with one server and scv .25, .5, 2 or 4, the second exponential with
    one or two servers, ρ .5 to .85: waits of the second within 16, 9, 10 and 21 % of exact chains; the first with three
    servers and scv .5, 2 or 4: within 14, 6 and 14 %.

    When wrong: long rows with very variable arrivals and a bottleneck at the end. In the published row of nine (scv of
    arrivals 8, ρ = .6, the last .9) stages one to eight are off by +21, +26, +12, -3, -13, -21, -25 and -28 %, the last
    by -70 %: 8.9 in place of 29.2. Days are better followed by ``tandem_day``.

    Source: Whitt (1983), "The queueing network analyzer"; Jackson (1957), "Networks of waiting lines".

    >>> [round(stage.mean_wait, 3) for stage in tandem([1, 2], 0.8, [1.0, 0.5])]
    [4.0, 3.556]
    """
    count = len(servers)
    variabilities = [1.0] * count if scvs is None else list(scvs)
    if not count == len(service_rates) == len(variabilities) > 0:
        raise InvalidParameterError(f"service_rates: {list(service_rates)}: expected one and one scv for each stage")
    check_rates(arrival_rate=arrival_rate)
    stages, rate, between = [], arrival_rate, arrival_scv
    for c, service_rate, scv in zip(servers, service_rates, variabilities, strict=True):
        whole("servers", c, least=1)
        stages.append(general_service(c, rate, service_rate, scv, between))
        use = min(1.0, rate / (c * service_rate))
        rate, between = min(rate, c * service_rate), departure_scv(c, use, scv, between)
    return stages
