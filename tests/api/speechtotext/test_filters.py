from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from auricle.api.speechtotext.filters import MAX_DEPTH, MAX_LENGTH, Field, Type, parse_filter
from auricle.errors import UnsupportedFilter
from auricle.store.columns import Moment, State
from auricle.store.conditions import And, Comparison, Condition, Not, Operator, Or, Value, matches, to_sql
from auricle.store.status import Status

FIELDS = {
    "displayName": Field(column="display_name"),
    "description": Field(column="description"),
    "createdDateTime": Field(column="created_at", type=Type.MOMENT),
    "status": Field(column="status", type=Type.STATUS),
    "kind": Field(column="kind", type=Type.CHOICE, choices={"Acoustic": "acoustic", "Language": "language"}),
}


def parse(text: str) -> Condition:
    return parse_filter(text, FIELDS)


def refusal(text: str) -> str:
    with pytest.raises(UnsupportedFilter) as caught:
        parse(text)
    return str(caught.value)


def name_is(value: str | None) -> Comparison:
    return Comparison(field="display_name", operator=Operator.EQ, value=value)


@pytest.mark.parametrize(
    ("text", "field", "operator", "value"),
    [
        ("displayName eq 'test'", "display_name", Operator.EQ, "test"),
        ("displayName NE 'Bob''s'", "display_name", Operator.NE, "Bob's"),
        ("displayName eq ''", "display_name", Operator.EQ, ""),
        ("displayName eq'(and)'", "display_name", Operator.EQ, "(and)"),
        ("description ne null", "description", Operator.NE, None),
        ("status eq 'NotStarted'", "status", Operator.EQ, Status.NOT_STARTED),
        ("kind eq 'Acoustic'", "kind", Operator.EQ, "acoustic"),
        ("  createdDateTime\tGe 2020-03-01  ", "created_at", Operator.GE, datetime(2020, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_comparison_names_a_property_an_operator_and_a_value(
    text: str, field: str, operator: Operator, value: Value
) -> None:
    assert parse(text) == Comparison(field=field, operator=operator, value=value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-03-01T10:20:30Z", datetime(2020, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("2020-03-01t10:20:30z", datetime(2020, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("2020-03-01T10:20", datetime(2020, 3, 1, 10, 20, tzinfo=UTC)),
        ("2020-03-01T10:20:30.1234567Z", datetime(2020, 3, 1, 10, 20, 30, 123456, tzinfo=UTC)),
        ("2020-03-01T00:20:30+02:00", datetime(2020, 2, 29, 22, 20, 30, tzinfo=UTC)),
        ("2020-03-01T10:20:30-0130", datetime(2020, 3, 1, 11, 50, 30, tzinfo=UTC)),
        ("'2020-03-01T10:20:30Z'", datetime(2020, 3, 1, 10, 20, 30, tzinfo=UTC)),
        ("2020-03-011T00:00:00Z", datetime(2020, 3, 11, tzinfo=UTC)),  # of the published examples
    ],
)
def test_date_times_come_in_these_forms(text: str, moment: datetime) -> None:
    assert parse(f"createdDateTime lt {text}") == Comparison(field="created_at", operator=Operator.LT, value=moment)


def test_and_binds_tighter_than_or_and_not_tighter_than_both() -> None:
    a, b, c, d = (name_is(letter) for letter in "abcd")
    text = "not displayName eq 'a' and displayName eq 'b' or displayName eq 'c' and displayName eq 'd'"
    assert parse(text) == Or(And(Not(a), b), And(c, d))


def test_parentheses_group() -> None:
    a, b, c = (name_is(letter) for letter in "abc")
    assert parse("displayName eq 'a' and not(displayName eq 'b' OR displayName eq 'c')") == And(a, Not(Or(b, c)))


def test_what_binds_alike_is_read_from_the_left() -> None:
    a, b, c = (name_is(letter) for letter in "abc")
    assert parse("displayName eq 'a' or displayName eq 'b' or displayName eq 'c'") == Or(Or(a, b), c)


@pytest.mark.parametrize(
    ("text", "position", "expected", "got"),
    [
        ("", 1, "one of the properties displayName, description", "the end of the filter"),
        ("displayname eq 'x'", 1, "displayName", "displayname"),
        ("'x' eq displayName", 1, "one of the properties", "'x'"),
        ("displayName = 'x'", 13, "eq, ne", "="),
        ("displayName gt 'x'", 13, "eq, ne", "gt"),
        ("displayName eq x", 16, "a text in single quotes", "x"),
        ("displayName eq 'x", 16, "ends with a single quote", "'x"),
        ("displayName eq 'x' displayName eq 'y'", 20, "and, or, or the end", "displayName"),
        ("displayName eq 'x' and", 23, "one of the properties", "the end of the filter"),
        ("(displayName eq 'x'", 20, "a closing parenthesis", "the end of the filter"),
        ("displayName eq 'x')", 19, "the end of the filter", ")"),
        ("createdDateTime gt 2020-13-01", 20, "2026-01-31T12:00:00Z", "2020-13-01"),
        ("createdDateTime gt 2020-03-32", 20, "2026-01-31T12:00:00Z", "2020-03-32"),
        ("createdDateTime gt 0001-01-01T00:00:00+14:00", 20, "date-time", "0001-01-01"),
        ("createdDateTime gt null", 20, "date-time", "null"),
        ("status eq 'running'", 11, "'NotStarted', 'Running', 'Succeeded', 'Failed'", "'running'"),
        ("kind eq 'acoustic'", 9, "'Acoustic', 'Language'", "'acoustic'"),
        ("displayName eq 'a\x00b'", 18, "readable", "\\x00"),
    ],
)
def test_a_refusal_says_where_what_was_expected_and_what_was_got(
    text: str, position: int, expected: str, got: str
) -> None:
    message = refusal(text)
    assert f"at character {position}:" in message
    before, _, after = message.partition("; got ")
    assert expected in before
    assert got in after


@pytest.mark.parametrize("opening", ["(", "not ", "not("])
def test_nesting_is_bounded(opening: str) -> None:
    assert f"at most {MAX_DEPTH}" in refusal(opening * 500 + "displayName eq 'x'")


def test_length_is_bounded() -> None:
    assert f"at most {MAX_LENGTH}" in refusal("displayName eq '" + "x" * MAX_LENGTH + "'")


def test_the_longest_chain_becomes_sql() -> None:
    term = "status eq 'Failed'"
    chain = " or ".join([term] * ((MAX_LENGTH + 4) // len(term + " or ")))
    assert str(to_sql(parse(chain), TABLE)).count("status") > 150


# Properties

MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8) | st.sampled_from(
    "ab'"
)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "displayName": st.none() | TEXTS,
    "description": st.none() | TEXTS,
    "createdDateTime": st.none() | MOMENTS,
    "status": st.none() | st.sampled_from(Status),
}
EQUALITY = {Operator.EQ, Operator.NE}


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    name = draw(st.sampled_from(list(VALUES)))
    value = draw(VALUES[name])
    ordered = FIELDS[name].type is Type.MOMENT and value is not None
    operator = draw(st.sampled_from([o for o in Operator if ordered or o in EQUALITY]))
    return Comparison(field=FIELDS[name].column, operator=operator, value=value)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    comparisons(),
    lambda inner: st.builds(Not, inner) | st.builds(And, inner, inner) | st.builds(Or, inner, inner),
    max_leaves=8,
)
NAMES = {field.column: name for name, field in FIELDS.items()}


def rendered(condition: Condition) -> str:
    match condition:
        case Not(operand):
            return f"not ({rendered(operand)})"
        case And(left, right):
            return f"({rendered(left)}) and ({rendered(right)})"
        case Or(left, right):
            return f"({rendered(left)}) or ({rendered(right)})"
        case Comparison(field=field, operator=operator, value=value):
            return f"{NAMES[field]} {operator.value} {literal(value)}"


def literal(value: Value) -> str:
    match value:
        case None:
            return "null"
        case datetime():
            return value.isoformat()
        case Status():
            return f"'{value.value}'"
        case _:
            return "'" + value.replace("'", "''") + "'"


@given(CONDITIONS)
def test_a_rendered_condition_is_read_back_as_it_was(condition: Condition) -> None:
    assert parse(rendered(condition)) == condition


@given(
    st.text() | st.lists(st.sampled_from([*FIELDS, *"()'", "eq", "gt", "and", "not", "null", "'a'", " "])).map(" ".join)
)
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except UnsupportedFilter as refused:
        assert refused.target == "filter"  # noqa: PT017


@dataclass(frozen=True, kw_only=True)
class Row:
    id: int
    display_name: str | None
    description: str | None
    created_at: datetime | None
    status: Status | None


TABLE = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("display_name", String),
    Column("description", String),
    Column("created_at", Moment),
    Column("status", State),
)
ENGINE = create_engine("sqlite://")
ROWS = st.lists(
    st.builds(
        Row,
        id=st.just(0),
        display_name=VALUES["displayName"],
        description=VALUES["description"],
        created_at=VALUES["createdDateTime"],
        status=VALUES["status"],
    ),
    max_size=4,
)


@given(CONDITIONS, ROWS)
def test_a_database_selects_what_memory_does(condition: Condition, rows: list[Row]) -> None:
    parsed = parse(rendered(condition))
    with ENGINE.begin() as connection:
        TABLE.drop(connection, checkfirst=True)
        TABLE.create(connection)
        for number, row in enumerate(rows):
            connection.execute(insert(TABLE), {**vars(row), "id": number})
        selected = connection.execute(select(TABLE.c.id).where(to_sql(parsed, TABLE)).order_by(TABLE.c.id)).scalars()
        assert list(selected) == [number for number, row in enumerate(rows) if matches(parsed, row)]
