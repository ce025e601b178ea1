"""What the HTTP rooms share: Call, paging, error rendering, idempotency."""
