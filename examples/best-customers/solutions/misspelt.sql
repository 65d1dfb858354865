SELECT name, SUM(cents)
FORM customers
JOIN orders ON orders.customer = customers.id;
