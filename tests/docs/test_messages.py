"""Every message that is declared has a test that provokes it, and the page says which."""

from pathlib import Path

from messages import DECLARED, PAGE, REGENERATE, read_page, table


def test_every_message_has_a_test_that_provokes_it():
    """That the tests really do is checked when they run."""
    named = {(claim.text, claim.code) for claim in read_page()}
    assert [message for message in DECLARED if (message.text, message.code or "") not in named] == []


def test_the_page_is_what_it_would_be_written_as():
    assert PAGE.read_text("utf-8") == table(read_page()), REGENERATE


def test_every_file_that_the_page_names_exists(repository: Path):
    claims = read_page()
    files = {claim.where for claim in claims} | {claim.test.partition("::")[0] for claim in claims}
    assert sorted(file for file in files if not (repository / file).is_file()) == []


def test_a_message_is_declared_once():
    declared = [(message.text, message.code) for message in DECLARED]
    assert len(set(declared)) == len(declared)
