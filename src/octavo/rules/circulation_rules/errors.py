"""What is wrong with a rules text, and where."""

from octavo.errors import Problem


class RulesError(Problem):
    """A rules text cannot be used. Served as 422 with the flat object `{"message", "line", "column"}`.

    The line counts from 1. The column counts from 1 in errors of form, from 0 in errors about policies
    (FOLIO mod-circulation).
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
