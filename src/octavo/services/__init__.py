"""What people do, one file per verb."""
