"""What happens by itself, whoever asks for nothing: events are published and delivered, timers run."""
