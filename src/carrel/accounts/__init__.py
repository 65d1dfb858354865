"""Who somebody is: users, passwords, sessions, tokens and sign-in links."""
