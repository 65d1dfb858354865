"""What runs inside the sandbox for GoogleTest; nothing here is imported."""
