"""Column `quantity` is called `amount` now."""

from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.alter_column("orders", "quantity", new_column_name="amount")
