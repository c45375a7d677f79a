"""Whatever a ledger of persons looks like, nobody in it is lost or made up."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gridmap.layers.columns import fit_columns
from gridmap.layers.opened import OpenedLayer

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "户号": st.sampled_from(["", "1", "2", "0012", "12"]),
            "楼栋编号": st.sampled_from(["", "B1", "B2"]),
            "地址": st.sampled_from(["", "人民路1号", "人民路 1号", "人民路2号"]),
            "人员编号": st.sampled_from(["", "p1", "p2", "p3", "p4"]),
            "姓名": st.sampled_from(["", "甲", "乙"]),
        }
    ),
    min_size=1,
    max_size=25,
)


@given(rows=ROWS, has_ids=st.booleans())
def test_persons_are_the_rows_save_repeats_that_are_told(
    *, rows: list[dict[str, str]], has_ids: bool
) -> None:
    frame = pd.DataFrame(rows, dtype="str", index=range(2, len(rows) + 2))
    if not has_ids:
        frame = frame.rename(columns={"人员编号": "与户主关系"})
    fitted, faults = fit_columns(OpenedLayer("households", "a.csv", frame))
    if any(fault.level == "refused" for fault in faults):
        assert (frame["户号"] == "").all()
        return
    repeats = [fault.row for fault in faults if fault.kind == "person_repeated"]
    made = fitted.frame
    assert made["persons"].sum() + len(repeats) == len(rows)
    assert len(repeats) == len(set(repeats))
    assert made["row"].is_unique
    assert set(made["row"]) | set(repeats) <= set(frame.index)
    assert set(made["household_id"]) == set(frame["户号"])
    assert set(made["building_id"]) - {""} == set(frame["楼栋编号"]) - {""}
