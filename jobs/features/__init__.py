"""What the frozen base makes of every view, kept on disk."""
