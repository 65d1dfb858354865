"""How a student gets on: attempts, successes, completed exercises."""
