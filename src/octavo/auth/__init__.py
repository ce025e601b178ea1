"""Any credential in, a Caller out."""
