SELECT name, SUM(cents) AS total
FROM customers
JOIN orders ON orders.customer = customers.id
GROUP BY customers.id
ORDER BY total DESC, name;
