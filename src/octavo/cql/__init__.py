"""CQL text to tree; knows no SQL."""
