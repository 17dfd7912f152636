"""Records: what is common to all kinds."""

from __future__ import annotations

from tests.explorer.seeding import NOW, post


def test_a_record_with_other_values_is_that_copy() -> None:
    one = post("1", "mastodon", NOW, "un café")
    made = one.with_valid(origin="owned", owner="levaine", matched=("brand:levaine",))
    copy = one.model_copy(
        update={"origin": "owned", "owner": "levaine", "matched": ("brand:levaine",)}
    )
    assert made == copy
    assert made.model_fields_set == copy.model_fields_set
    assert made.model_dump_json(exclude_unset=True) == copy.model_dump_json(exclude_unset=True)
    assert one.origin != "owned"
