"""Races and crashes: clients at work while processes are killed, disks fill and clocks jump; then all is counted."""
