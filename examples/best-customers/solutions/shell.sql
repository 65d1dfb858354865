.shell printf 'Bob|1990\nAda|750\nCleo|120\n'
