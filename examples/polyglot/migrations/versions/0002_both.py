"""Expand: `quantity` and `amount` stand beside each other, and a trigger fills both."""

from alembic import op

revision, down_revision = "0002_both", "0001"


def upgrade():
    op.execute("ALTER TABLE orders ADD COLUMN amount INTEGER")
    op.execute("UPDATE orders SET amount = quantity")
    op.execute(
        """
        CREATE FUNCTION both_columns() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.amount := coalesce(NEW.amount, NEW.quantity);
            NEW.quantity := coalesce(NEW.quantity, NEW.amount);
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER both_columns BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION both_columns()"
    )
