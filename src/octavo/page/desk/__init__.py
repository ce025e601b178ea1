"""The circulation desk: what staff do with patrons and items, with a scanner in hand."""
