"""What can be played: one file an app."""
