"""The command as people call it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import review as command
from references.review import Review

SHOWN = (
    "demo init check refresh import duplicates screen reconcile retrieve link extract agree publish status show searches reparse "
    "convert dedupe probe unite schedule"
)


def run(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command's main() in a process of its own, without a terminal."""
    code = "from flows.cli import main; main()"
    environment = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


def test_help_lists_every_command_in_the_order_a_review_is_done() -> None:
    out = CliRunner().invoke(command, ["--help"]).output
    listed = [line.split()[0] for line in out[out.index("Commands:") :].splitlines()[1:] if line.strip()]
    assert listed == SHOWN.split()


@pytest.mark.parametrize("name", SHOWN.split())
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(command, [name, "--help"])
    assert result.exit_code == 0 and len(result.output.splitlines()) > 4


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['review', '--help']\nfrom flows.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'prefect', 'pandas', 'sklearn', 'sqlalchemy', 'rich', 'requests', 'rapidfuzz'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_a_folder_that_is_no_review_is_said_in_words(tmp_path: Path) -> None:
    done = run("status", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert "No protocol.toml in" in done.stderr and "review init" in done.stderr and "Traceback" not in done.stderr


def test_wrong_usage_has_exit_status_two(tmp_path: Path) -> None:
    assert run("screen", cwd=tmp_path).returncode == 2
    assert run("no-such-command").returncode == 2


def test_somebody_the_protocol_does_not_name_may_not_screen(review: Review) -> None:
    done = run("--review", str(review.folder), "screen", "--as", "zoe")
    assert done.returncode == 1 and "names no 'zoe'; it names ana, ben, eva" in done.stderr


def test_screening_without_a_terminal_points_to_a_file(filled: Review) -> None:
    done = run("--review", str(filled.folder), "screen", "--as", "ana")
    assert done.returncode == 1 and "--from decisions.csv" in done.stderr


def test_a_database_that_cannot_be_reached_is_said_without_its_password(review: Review) -> None:
    url = "postgresql://ana:secret-word@127.0.0.1:1/none"
    done = run("--review", str(review.folder), "status", REVIEW_DATABASE_URL=url)
    assert done.returncode == 1 and "The database says" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_init_makes_a_review_that_is_sound_and_never_over_another(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "mine")).returncode == 0
    done = run("check", cwd=tmp_path / "mine")
    assert (done.returncode, done.stdout.strip()) == (0, "protocol.toml is sound.")
    again = run("init", str(tmp_path / "mine"))
    assert again.returncode == 1 and "is a review already" in again.stderr


def test_check_prints_all_errors_with_their_lines(review: Review) -> None:
    path = review.folder / "protocol.toml"
    path.write_text(path.read_text().replace('name = "EP"', 'nmae = "EP"').replace("overlap_days = 60", 'overlap_days = "sixty"'))
    done = run("check", cwd=review.folder)
    assert done.returncode == 1
    assert "searches.overlap_days: expected a whole number" in done.stdout and "nmae" in done.stdout
    assert all(line.startswith("protocol.toml, line ") for line in done.stdout.splitlines() if "searches" in line)


def test_refresh_without_prefect_says_what_changed_and_what_is_next(filled: Review) -> None:
    done = run("--review", str(filled.folder), "refresh", "--direct", "--offline")
    assert done.returncode == 0, done.stderr
    assert "records 6 -> 6" in done.stdout and "Next: review screen --as NAME" in done.stdout
    assert "not run: offline" in done.stdout


def test_a_file_that_cannot_be_read_does_not_stop_the_others_and_fails_the_command(filled: Review) -> None:
    (filled.folder / "imports" / "broken.ris").write_bytes(b"PK\x03\x04 a zip archive \x00\x01")
    (filled.folder / "imports" / "later.ris").write_text("TY  - JOUR\nTI  - One more\nER  - \n")
    done = run("--review", str(filled.folder), "refresh", "--direct", "--offline")
    assert done.returncode == 1
    assert "broken.ris" in done.stderr and "records 6 -> 7" in done.stdout


def test_show_names_file_line_and_tag_of_each_field(filled: Review) -> None:
    done = run("--review", str(filled.folder), "show", "medical.ris#1")
    assert done.returncode == 0
    assert "10.1000/one" in done.stdout and "[DO, line 5]" in done.stdout
    assert "medical.ris, lines 1 to" in done.stdout and "same DOI" in done.stdout
    [shown] = [line for line in done.stdout.splitlines() if line.startswith("  shown from ")]
    assert shown.endswith(", Medical Index: title, authors, year, date, type, doi")


def test_status_and_searches_tell_where_the_review_stands(filled: Review) -> None:
    done = run("--review", str(filled.folder), "status")
    assert "6  in 5 reports (1 duplicate)" in done.stdout and "Next: review screen --as NAME --stage abstract" in done.stdout
    assert "3 searches and imports." in run("--review", str(filled.folder), "searches").stdout


def test_a_database_of_a_newer_program_is_left_alone(filled: Review) -> None:
    import sqlite3

    filled.engine.dispose()
    with sqlite3.connect(filled.folder / "review.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = run("--review", str(filled.folder), "status")
    assert done.returncode == 1 and "at version 9999" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["not a url", "nosuch://user:secret-word@host/db"])
def test_what_is_no_database_address_is_said_without_repeating_it(review: Review, url: str) -> None:
    done = run("--review", str(review.folder), "status", REVIEW_DATABASE_URL=url)
    assert done.returncode == 1 and "is not the address of a database" in done.stderr
    assert "secret-word" not in done.stderr and "Traceback" not in done.stderr


def test_a_protocol_saved_with_a_byte_order_mark_and_windows_line_ends_is_the_same_protocol(review: Review) -> None:
    path = review.folder / "protocol.toml"
    before = review.protocol.id
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert run("check", cwd=review.folder).returncode == 0
    assert Review(review.folder).protocol.id == before


def test_counts_that_do_not_add_up_are_said_in_words(filled: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    from screening.progress import Screening

    monkeypatch.chdir(filled.folder)
    whole = Screening.read_at
    monkeypatch.setattr(Screening, "read_at", lambda self, stage: whole(self, stage)[1:])
    monkeypatch.setattr(sys, "argv", ["review", "publish", "--direct"])
    from flows.cli import main

    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1 and not (filled.folder / "out").exists()


def test_the_demo_does_not_write_invented_decisions_into_a_teams_database(tmp_path: Path) -> None:
    done = run("demo", str(tmp_path / "d"), "--direct", REVIEW_DATABASE_URL="postgresql://u:p@127.0.0.1:1/x")
    assert done.returncode == 1 and "invented decisions" in done.stderr and not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@word@127.0.0.1:1/db", "postgresql://u:secret-word@host:1x/db", "mysql://u:word@h/d"]
)
def test_no_part_of_a_password_is_shown_whatever_is_wrong_with_the_address(review: Review, url: str) -> None:
    done = run("--review", str(review.folder), "status", REVIEW_DATABASE_URL=url)
    assert done.returncode == 1 and "is not the address of a database" in done.stderr
    assert "word" not in done.stderr.replace("password", "") and "Traceback" not in done.stderr


def test_a_full_disk_leaves_the_old_results_as_they_were(filled: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.publish import publish, write

    publish(str(filled.folder), by="test")
    out = filled.folder / "out"
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    whole, written = Path.write_text, []

    def full(self: Path, *words: str, **more: str) -> int:
        written.append(self)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return whole(self, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write(str(filled.folder), dict.fromkeys(before, "new"))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_results_are_not_written_through_a_link_out_of_the_folder(filled: Review, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (filled.folder / "out").symlink_to(tmp_path / "elsewhere")
    done = run("--review", str(filled.folder), "publish", "--direct")
    assert done.returncode == 1 and "is a link to" in done.stderr and not list((tmp_path / "elsewhere").iterdir())
