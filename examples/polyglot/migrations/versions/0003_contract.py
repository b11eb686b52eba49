"""Contract: `amount` alone is left."""

from alembic import op

revision, down_revision = "0003_contract", "0002_both"


def upgrade():
    op.execute("DROP TRIGGER both_columns ON orders")
    op.execute("DROP FUNCTION both_columns")
    op.drop_column("orders", "quantity")
