ALTER TABLE orders ADD COLUMN amount INTEGER;
UPDATE orders SET amount = quantity;
CREATE TRIGGER both_columns AFTER INSERT ON orders BEGIN
    UPDATE orders SET amount = coalesce(new.amount, new.quantity), quantity = coalesce(new.quantity, new.amount)
    WHERE id = new.id;
END;
