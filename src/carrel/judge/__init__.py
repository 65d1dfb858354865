"""Plan, compile once, run each test, decide the verdict."""
