"""A condition means the same of rows and of values."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from auricle.store.conditions import And, Comparison, Condition, Not, Operator, Or, matches, to_sql
from auricle.store.database import Database
from auricle.store.shelf import DATASETS
from auricle.store.status import Status
from auricle.store.tables import datasets

from .made import NOON, dataset

TEXTS = st.sampled_from(["", "a", "A", "b", "it's", "100%", "_"])
EQUALITY = st.sampled_from([Operator.EQ, Operator.NE])
MOMENTS = st.integers(-2, 2).map(lambda seconds: NOON + timedelta(seconds=seconds))

comparisons = st.one_of(
    st.builds(Comparison, field=st.just("description"), operator=EQUALITY, value=st.none() | TEXTS),
    st.builds(Comparison, field=st.just("status"), operator=EQUALITY, value=st.sampled_from(Status)),
    st.builds(Comparison, field=st.just("created_at"), operator=st.sampled_from(Operator), value=MOMENTS),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    comparisons,
    lambda inner: st.builds(Not, inner) | st.builds(And, inner, inner) | st.builds(Or, inner, inner),
    max_leaves=6,
)
columns = st.fixed_dictionaries(
    {"description": st.none() | TEXTS, "status": st.sampled_from(Status), "created_at": MOMENTS}
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions, rows=st.lists(columns, max_size=6))
def test_a_database_selects_what_memory_would(
    database: Database, resource: str, condition: Condition, rows: list[dict[str, object]]
) -> None:
    with database.write() as connection:
        connection.execute(delete(datasets))
        records = [DATASETS.add(connection, dataset(resource, **row)) for row in rows]

        selected = DATASETS.all(connection, resource, to_sql(condition, datasets))

    assert selected == [record for record in records if matches(condition, record)]


@given(condition=conditions, row=columns)
def test_the_opposite_holds_exactly_when_the_condition_does_not(condition: Condition, row: dict[str, object]) -> None:
    record = dataset("resource", **row)

    assert matches(Not(condition), record) is not matches(condition, record)
