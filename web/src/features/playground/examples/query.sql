CREATE TABLE books (title TEXT, author TEXT, year INTEGER);

INSERT INTO books VALUES
  ('Frankenstein', 'Mary Shelley', 1818),
  ('Middlemarch', 'George Eliot', 1871),
  ('Dracula', 'Bram Stoker', 1897);

SELECT title, year
FROM books
WHERE year > 1850
ORDER BY year;
