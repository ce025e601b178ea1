"""Patrons and loans from CSV files: tolerant of headers, strict about rows, each refused row with its line."""

from octavo.app.csv_import.loans import LOAN_COLUMNS, import_loans
from octavo.app.csv_import.patrons import PATRON_COLUMNS, import_patrons
from octavo.app.csv_import.reading import Report

__all__ = ["LOAN_COLUMNS", "PATRON_COLUMNS", "Report", "import_loans", "import_patrons"]
