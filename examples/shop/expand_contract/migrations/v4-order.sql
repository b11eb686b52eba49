DROP TRIGGER both_columns;
ALTER TABLE orders DROP COLUMN quantity;
