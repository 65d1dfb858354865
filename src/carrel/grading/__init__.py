"""From verdicts to points and feedback, and to what a student may see of them."""
