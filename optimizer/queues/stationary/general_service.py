"""M/G/c, G/G/c and G/G/c+M from two moments: corrections of the exponential queue, each of stated range."""

from dataclasses import replace
from math import exp, sqrt

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates, whole
from optimizer.queues.stationary.deterministic import deterministic_service
from optimizer.queues.stationary.erlang import erlang_a, erlang_c
from optimizer.queues.stationary.measures import FULL_LOAD, StationaryQueue


def general_service(
    servers: int,
    arrival_rate: float,
    service_rate: float,
    scv: float = 1.0,
    arrival_scv: float = 1.0,
    abandonment_rate: float = 0.0,
) -> StationaryQueue:
    """The queue of given variability, by the best method here: the function to use.

    Exponential service and Poisson arrivals: Erlang C or A, exact. Constant service, Poisson arrivals, endless
    patience: M/D/c, exact. Otherwise the exponential queue by a clock that runs slower, for all but patience:

        M/M/c(+M) with arrival rate λ/s, service rate μ/s and abandonment rate η,    s = φᵖ,  p = μ / (μ + η),

    of which the waits, the share that waits and the share that gives up are taken as they are. φ = E W / E W(M/M/c)
    without abandonment, by ``kimura`` for Poisson arrivals, else by ``whitt``; (arrival_scv + scv) / 2 from load c on.

    Args:
        servers: c.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.
        scv: squared coefficient of variation of the service time; 1 is taken for exponential, 0 for constant.
        arrival_scv: of the time between arrivals; 1 is taken for Poisson.
        abandonment_rate: η of one who waits; 0: nobody gives up.

    Returns:
        Measures with the distribution of the wait; ``exact`` says whether they are.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Why: in heavy traffic a queue with variance λ (arrival_scv + scv) and patience η behaves as the diffusion of M/M/c+M
    with κη, stretched by κ = (arrival_scv + scv) / 2 in space and time. Right in deep overload, whatever the scv. The
    power p is fitted: patience shorter than a service gives long services less time to be felt.

    Range: independent times, calls in order of arrival, scv to about 4. Mean waits against exact chains (Poisson
    arrivals; Erlang mixtures and balanced hyperexponential service): without abandonment as ``kimura``; with it, scv
    .25 to 3, c 1 to 40, ρ .6 to 1.3, patience of 2 to 64 mean services: within 6 %, mean 1 % (scv .25 to 1.5) to 3 %
    (scv 3). P(W > 0) within .03, the share served within two mean services within .06. Renewal arrivals: as ``whitt``;
    with abandonment, ρ .8, c 1 to 5: -1 to 24 % at arrival_scv .5, -17 to 0 % at 2, -32 to 0 % at 4, half of that at
    ρ 1.2.

    When wrong: heavy tails, correlated arrivals, and limits far below the mean wait, where the tail is that of one
    exponential.

    Source: as of the functions named; diffusion: Garnett, Mandelbaum and Reiman (2002), "Designing a call center with
    impatient customers", for M/M/c+M.

    >>> queue = general_service(5, 4.0, 1.0, scv=2.0)  # 0.793 for balanced hyperexponential service
    >>> queue.exact, round(queue.mean_wait, 3)
    (False, 0.798)
    """
    _check(servers, arrival_rate, service_rate, scv, arrival_scv)
    check_at_least(0, abandonment_rate=abandonment_rate)
    poisson, overloaded = arrival_scv == 1, arrival_rate >= FULL_LOAD * servers * service_rate
    if poisson and scv == 1:
        if abandonment_rate > 0:
            return erlang_a(servers, arrival_rate, service_rate, abandonment_rate)
        return erlang_c(servers, arrival_rate, service_rate)
    if poisson and scv == 0 and abandonment_rate == 0 and servers > 0:
        return deterministic_service(servers, arrival_rate, service_rate)
    if overloaded:
        ratio = (arrival_scv + scv) / 2
    elif poisson:
        ratio = _kimura(servers, arrival_rate, service_rate, scv)
    else:
        ratio = _whitt(servers, arrival_rate / (servers * service_rate), scv, arrival_scv)
    slow = ratio ** (service_rate / (service_rate + abandonment_rate))
    return _slowed(servers, arrival_rate, service_rate, slow, abandonment_rate, poisson)


def slowness(scv: float, arrival_scv: float = 1.0, abandonment_rate: float = 0.0, service_rate: float = 1.0) -> float:
    """Factor by which the clock of the exponential queue runs slower, whatever the servers and the load.

    s = ((arrival_scv + scv) / 2)ᵖ,  p = μ / (μ + η): the queue is taken for M/M/c+M with λ/s, μ/s and η.

    Made for days: run over a day, the slower queue has the right backlog in overload, and fills as the number in
    service does in the mean, by the mean residual service κ/μ. Its waits and shares are those of the queue; numbers
    waiting, giving up or delayed are to be multiplied by s. As s does not depend on servers or load, all that is
    monotone for M/M/c+M is so here, with η <= μ/s in place of η <= μ.

    Args:
        scv: of the service time.
        arrival_scv: of the time between arrivals; 1: Poisson.
        abandonment_rate: η.
        service_rate: μ.

    Returns:
        The factor s; 1 where service is exponential and arrivals are Poisson.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: mean waits against exact chains (scv .5 to 3, c 1 to 8, ρ .6 to 1.1, patience of 4 to 16 services): mean
    error 1 % (scv .5), 2 % (1.5), 4 % (2), 7 % (3), largest 5, 8, 15, 26 %, all at ρ = .6 and c = 8. The waiting of
    days with a peak at ρ = .7, .9, 1.1 and 1.3, c 2 and 4: too long by up to 14, 10, 7 and 5 % at scv 2 and 27, 19, 13
    and 9 % at scv 3, too short by up to 4 % at scv .5. Constant times on both sides: not at all.

    Source: ``general_service``.

    >>> round(slowness(2.0, abandonment_rate=0.25), 4), slowness(1.0)
    (1.3832, 1.0)
    """
    check_rates(service_rate=service_rate)
    _check_scvs(scv, arrival_scv)
    check_at_least(0, abandonment_rate=abandonment_rate)
    return float(((arrival_scv + scv) / 2) ** (service_rate / (service_rate + abandonment_rate)))


def allen_cunneen(
    servers: int, arrival_rate: float, service_rate: float, scv: float = 1.0, arrival_scv: float = 1.0
) -> StationaryQueue:
    """G/G/c by the simplest correction: E W = E W(M/M/c) (arrival_scv + scv) / 2.

    Args:
        servers: c, at least 1.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.
        scv: of the service time.
        arrival_scv: of the time between arrivals; 1: Poisson.

    Returns:
        Measures; P(W > 0) of M/M/c and an exponential tail; infinite from load c on.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: exact mean for M/G/1 and M/M/c. M/G/c against exact chains, c 1 to 20, at ρ = .5 and from ρ = .85 on: too
    short by up to 13 and 2 % for scv below 1; too long by up to 17 and 3 % at scv 1.5, 34 and 6 % at 2, 94 and 13 %
    at 4; worst with many servers. For arrivals less variable than Poisson ``whitt`` is better.

    Source: Allen (1990), "Probability, statistics and queueing theory with computer science applications"; for M/G/c:
    Lee and Longton (1959), "Queueing processes associated with airline passenger check-in".

    >>> round(allen_cunneen(1, 0.8, 1.0, scv=2.0).mean_wait, 6)  # Pollaczek and Khinchine: λ E S² / (2 (1 - ρ))
    6.0
    """
    _check(servers, arrival_rate, service_rate, scv, arrival_scv)
    return _slowed(servers, arrival_rate, service_rate, (arrival_scv + scv) / 2, 0.0, arrival_scv == 1)


def kimura(servers: int, arrival_rate: float, service_rate: float, scv: float = 1.0) -> StationaryQueue:
    """M/G/c between M/M/c and M/D/c: E W = (1 + scv) / (2 scv / E W(M/M/c) + (1 - scv) / E W(M/D/c)).

    Args:
        servers: c, at least 1.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.
        scv: of the service time.

    Returns:
        Measures; P(W > 0) of M/M/c and an exponential tail; infinite from load c on.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: exact mean for M/G/1, M/M/c and M/D/c. Against exact chains (Erlang mixtures, balanced hyperexponential), c 1
    to 20 and ρ .5 to .95: within 2 % for scv .75 to 3 and for scv .25, 5 % at scv .5 and ρ = .5 (2 % from ρ = .7), 5 %
    at scv 4. P(W > 0): 4 % high at scv .25, 3 % low at scv 2, 7 % low at scv 4. Service times whose third moment is far
    from those of these families can differ more.

    Source: Kimura (1986), "A two-moment approximation for the mean waiting time in the GI/G/s queue".

    >>> round(kimura(5, 4.0, 1.0, scv=0.5).mean_wait, 4)  # Erlang-2 service: 0.4232
    0.4244
    """
    _check(servers, arrival_rate, service_rate, scv, 1.0)
    if arrival_rate >= FULL_LOAD * servers * service_rate:
        return _slowed(servers, arrival_rate, service_rate, 1.0, 0.0, True)
    return _slowed(servers, arrival_rate, service_rate, _kimura(servers, arrival_rate, service_rate, scv), 0.0, True)


def whitt(
    servers: int, arrival_rate: float, service_rate: float, scv: float = 1.0, arrival_scv: float = 1.0
) -> StationaryQueue:
    """G/G/c: E W = φ E W(M/M/c) (arrival_scv + scv) / 2, φ interpolated between M/M/c, M/D/c and D/M/c.

    Args:
        servers: c, at least 1.
        arrival_rate: λ.
        service_rate: μ, in the same unit of time.
        scv: of the service time.
        arrival_scv: of the time between arrivals; 1: Poisson.

    Returns:
        Measures; P(W > 0) of M/M/c and an exponential tail; infinite from load c on.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Range: renewal arrivals. Against exact chains (Erlang mixtures, balanced hyperexponential). Poisson arrivals, c 1 to
    20: within 4 % from ρ = .85 on for scv .25 to 4; at ρ = .7 within 5 % (scv to 2), 11 % (scv 4); at ρ = .5 within 5,
    12, 24, 37 % at scv .5, 2, 3, 4. Other arrivals, scv .5 to 2, c to 10, from ρ = .85 on, at .7 and at .5:
    arrival_scv .5: -1 to 7 %, -2 to 22 %, -3 to 83 %; arrival_scv 2: -8 to 1 %, -17 to 4 %, -36 to 9 %; arrival_scv 4:
    -16 to 2 %, -33 to 9 %, -57 to 28 %: two moments do not settle the wait behind variable arrivals, nor a tiny one.

    Source: Whitt (1993), "Approximations for the GI/G/m queue".

    >>> round(whitt(5, 4.0, 1.0, scv=0.5, arrival_scv=0.5).mean_wait, 4)
    0.2418
    """
    _check(servers, arrival_rate, service_rate, scv, arrival_scv)
    use = arrival_rate / (servers * service_rate) if servers > 0 else 1.0
    ratio = _whitt(servers, use, scv, arrival_scv) if use < FULL_LOAD else 1.0
    return _slowed(servers, arrival_rate, service_rate, ratio, 0.0, arrival_scv == 1)


def _slowed(
    servers: int, arrival_rate: float, service_rate: float, slow: float, abandonment_rate: float, poisson: bool
) -> StationaryQueue:
    """M/M/c(+M) by a slower clock, named for what it stands for."""
    arrivals, services = arrival_rate / slow, service_rate / slow
    if abandonment_rate > 0:
        queue = erlang_a(servers, arrivals, services, abandonment_rate)
    else:
        queue = erlang_c(servers, arrivals, services)
    name = f"{'M' if poisson else 'G'}/G/{servers}{'+M' if abandonment_rate > 0 else ''}"
    return replace(
        queue, model=name, exact=False, arrival_rate=arrival_rate, service_rate=service_rate,
        mean_queue=arrival_rate * queue.mean_wait,
    )  # fmt: skip


def _kimura(servers: int, arrival_rate: float, service_rate: float, scv: float) -> float:
    """E W / E W(M/M/c) of M/G/c below load c."""
    constant = deterministic_service(servers, arrival_rate, service_rate).mean_wait
    exponential = erlang_c(servers, arrival_rate, service_rate).mean_wait
    return (1 + scv) / (2 * scv + (1 - scv) * exponential / constant)


def _whitt(servers: int, use: float, scv: float, arrival_scv: float) -> float:
    """E W / E W(M/M/c) of G/G/c at utilization ρ below 1: φ (arrival_scv + scv) / 2."""
    gamma = min(0.24, (1 - use) * (servers - 1) * (sqrt(4 + 5 * servers) - 2) / (16 * servers * use))
    constant_service = 1 + gamma
    constant_arrivals = (1 - 4 * gamma) * exp(-2 * (1 - use) / (3 * use))
    mean = (arrival_scv + scv) / 2
    balanced = float(min(1.0, (constant_service + constant_arrivals) / 2) ** (2 * max(0.0, 1 - mean)))
    if arrival_scv >= scv:
        weight = scv / (4 * arrival_scv - 3 * scv) if scv > 0 else 0.0
        return mean * ((1 - weight) * constant_service + weight * balanced)
    weight = (scv + 3 * arrival_scv) / (4 * mean)
    return mean * ((1 - weight) * constant_arrivals + weight * balanced)


def _check(servers: int, arrival_rate: float, service_rate: float, scv: float, arrival_scv: float) -> None:
    whole("servers", servers)
    check_rates(arrival_rate=arrival_rate, service_rate=service_rate)
    _check_scvs(scv, arrival_scv)


def _check_scvs(scv: float, arrival_scv: float) -> None:
    check_at_least(0, scv=scv, arrival_scv=arrival_scv)
    if scv + arrival_scv == 0:
        raise InvalidParameterError(f"scv: {scv}: expected a positive number when arrivals are regular")
