SELECT name FROM clients;
