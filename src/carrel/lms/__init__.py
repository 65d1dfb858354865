"""Learning platforms of others: what they send is signed, and so it is known who sent it."""
