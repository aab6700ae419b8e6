"""Sums of variables and constants, and how they enter a model of CP-SAT."""

from collections.abc import Iterable

from ortools.sat.python import cp_model

Term = cp_model.IntVar | int
"""A variable, or a number where nothing is left to decide."""


class Sum:
    """A sum of variables with whole factors, and a constant."""

    __slots__ = ("constant", "factors", "variables")

    def __init__(self, terms: Iterable[tuple[Term, int]] = (), constant: int = 0) -> None:
        self.variables: list[cp_model.IntVar] = []
        self.factors: list[int] = []
        self.constant = constant
        for term, factor in terms:
            self.add(term, factor)

    def add(self, term: Term, factor: int = 1) -> None:
        """Add a variable or a number, so many times."""
        if isinstance(term, int):
            self.constant += term * factor
        elif factor:
            self.variables.append(term)
            self.factors.append(factor)

    def add_sum(self, other: "Sum", factor: int = 1) -> None:
        """Add another sum, so many times."""
        self.variables += other.variables
        self.factors += [factor * f for f in other.factors]
        self.constant += factor * other.constant

    def expression(self) -> cp_model.LinearExprT:
        """As an expression of the solver."""
        return cp_model.LinearExpr.weighted_sum(self.variables, self.factors) + self.constant


class Rules:
    """A model of CP-SAT that takes sums with constants, and skips what holds whatever is decided."""

    def __init__(self) -> None:
        self.program = cp_model.CpModel()

    def boolean(self) -> cp_model.IntVar:
        """A new variable, 0 or 1."""
        return self.program.new_bool_var("")

    def number(self, least: int, most: int) -> cp_model.IntVar:
        """A new whole number."""
        return self.program.new_int_var(least, most, "")

    def limit(
        self, total: Sum, least: int | None = None, most: int | None = None, where: Iterable[cp_model.LiteralT] = ()
    ) -> None:
        """State least <= total <= most, where all literals hold."""
        low = cp_model.INT_MIN if least is None else least - total.constant
        high = cp_model.INT_MAX if most is None else most - total.constant
        literals = list(where)
        if total.variables:
            expression = cp_model.LinearExpr.weighted_sum(total.variables, total.factors)
            made = self.program.add_linear_constraint(expression, low, high)
            if literals:
                made.only_enforce_if(literals)
        elif not low <= 0 <= high:
            self.program.add_bool_or([~literal for literal in literals])

    def any_of(self, positive: Iterable[Term], negative: Iterable[Term]) -> None:
        """State that one of the first holds or one of the second does not."""
        literals: list[cp_model.LiteralT] = []
        for terms, wanted in ((positive, True), (negative, False)):
            for term in terms:
                if isinstance(term, int):
                    if bool(term) == wanted:
                        return
                else:
                    literals.append(term if wanted else ~term)
        self.program.add_bool_or(literals)

    def either(self, terms: Iterable[Term]) -> Term:
        """Whether any of the terms holds."""
        terms = list(terms)
        if any(isinstance(term, int) and term for term in terms):
            return 1
        variables = [term for term in terms if not isinstance(term, int)]
        if len(variables) < 2:
            return variables[0] if variables else 0
        any_holds = self.boolean()
        for variable in variables:
            self.program.add_implication(variable, any_holds)
        self.any_of(variables, [any_holds])
        return any_holds

    def beyond(self, total: Sum, limit: int, most: int) -> Term:
        """The positive part of total - limit, exactly; ``most`` is the greatest that it can be."""
        if not total.variables:
            return max(0, total.constant - limit)
        if most <= 0:
            return 0
        part = self.number(0, most)
        self.program.add_max_equality(part, [total.expression() - limit, 0])
        return part


class Costs:
    """Prices of variables in yuan, turned into whole numbers for the solver.

    The smallest power of ten up to 10,000 that makes all prices whole is the scale. Where there is none, prices are
    rounded at 10,000, and ``error`` is the most that the rounded sum can differ from the true one: proven bounds must
    be lowered by it.
    """

    def __init__(self) -> None:
        self.constant = 0.0
        self._prices: dict[int, float] = {}
        self._variables: dict[int, cp_model.IntVar] = {}
        self._greatest: dict[int, int] = {}

    def add(self, term: Term, price: float, most: int = 1) -> None:
        """Add price x term; ``most`` is the greatest that a variable can be."""
        if isinstance(term, int):
            self.constant += price * term
        elif price:
            self._prices[term.index] = self._prices.get(term.index, 0.0) + price
            self._variables[term.index] = term
            self._greatest[term.index] = most

    def state(self, program: cp_model.CpModel) -> None:
        """Let the solver minimise the sum."""
        prices = list(self._prices.values())
        self.scale = next((s for s in (1, 10, 100, 1000) if _whole(prices, s)), 10_000)
        rounded = {i: round(price * self.scale) for i, price in self._prices.items()}
        self.error = sum(
            abs(rounded[i] - price * self.scale) * self._greatest[i] / self.scale for i, price in self._prices.items()
        )
        variables = list(self._variables.values())
        program.minimize(cp_model.LinearExpr.weighted_sum(variables, list(rounded.values())))

    def yuan(self, objective: float) -> float:
        """A value of the solver's objective in yuan."""
        return objective / self.scale + self.constant


def _whole(prices: list[float], scale: int) -> bool:
    return all(abs(price * scale - round(price * scale)) < 1e-9 * max(1.0, abs(price * scale)) for price in prices)
