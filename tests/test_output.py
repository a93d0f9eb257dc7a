"""Files that a command writes: whole or not at all, with nothing left beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from references.output import whole
from references.sheet import write_sheet


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(OSError, match="full"), whole(path) as half:
        half.write_text("begun", encoding="utf-8")
        raise OSError("full")
    assert path.read_text(encoding="utf-8") == "before" and list(tmp_path.iterdir()) == [path]
    with whole(path) as half:
        half.write_text("after", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "before"
    assert path.read_text(encoding="utf-8") == "after" and list(tmp_path.iterdir()) == [path]


def test_what_a_link_leads_to_is_replaced_and_a_device_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_sheet(tmp_path / "link.csv", ("a",), [{"a": "1"}])
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "real.csv").read_text(encoding="utf-8-sig").split() == ["a", "1"]
    write_sheet(Path("/dev/null"), ("a",), [{"a": "1"}])
    assert Path("/dev/null").is_char_device()
