"""What carrel says to people, in their language: message catalogues and what fills them."""
