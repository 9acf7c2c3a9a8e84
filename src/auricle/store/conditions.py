"""Conditions on records as values: the same one selects rows in a database and values in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from operator import ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, not_, or_

from auricle.store.status import Status

Value = str | datetime | Status | None


class Operator(Enum):
    """How a field is compared with a value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


_ORDERS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.GT: gt,
    Operator.GE: ge,
    Operator.LT: lt,
    Operator.LE: le,
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A field compared with a value; nothing is equal to nothing, and not ordered."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Not:
    """The opposite."""

    operand: Condition


@dataclass(frozen=True)
class And:
    """Both."""

    left: Condition
    right: Condition


@dataclass(frozen=True)
class Or:
    """One or both."""

    left: Condition
    right: Condition


Condition = Comparison | Not | And | Or


def to_sql(condition: Condition, table: Table) -> ColumnElement[bool]:
    """The condition over the columns of a table; two-valued, as `matches` is."""
    match condition:
        case Not(operand):
            return not_(to_sql(operand, table))
        case And(left, right):
            return and_(to_sql(left, table), to_sql(right, table))
        case Or(left, right):
            return or_(to_sql(left, table), to_sql(right, table))
        case Comparison(field=field, operator=Operator.EQ, value=value):
            return table.c[field].is_not_distinct_from(value)
        case Comparison(field=field, operator=Operator.NE, value=value):
            return table.c[field].is_distinct_from(value)
        case Comparison(field=field, operator=operator, value=value):
            column = table.c[field]
            return and_(column.is_not(None), _ORDERS[operator](column, value))


def matches(condition: Condition, record: Any) -> bool:
    """Whether the condition holds for a value with these fields."""
    match condition:
        case Not(operand):
            return not matches(operand, record)
        case And(left, right):
            return matches(left, record) and matches(right, record)
        case Or(left, right):
            return matches(left, record) or matches(right, record)
        case Comparison(field=field, operator=Operator.EQ, value=value):
            return bool(getattr(record, field) == value)
        case Comparison(field=field, operator=Operator.NE, value=value):
            return bool(getattr(record, field) != value)
        case Comparison(field=field, operator=operator, value=value):
            found = getattr(record, field)
            return found is not None and bool(_ORDERS[operator](found, value))
