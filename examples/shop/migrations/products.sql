INSERT INTO products VALUES (1, 'Teapot', 1999), (2, 'Kettle', 3450);
