"""The shop's first tables."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    products = op.create_table(
        "products",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("price_cents", sa.Integer, nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("product", sa.Integer, nullable=False),
        sa.Column("quantity", sa.Integer),
    )
    op.create_table(
        "shipments",
        sa.Column("order_id", sa.Integer, primary_key=True),
        sa.Column("pieces", sa.Integer, nullable=False),
    )
    op.bulk_insert(products, [{"id": 1, "name": "Teapot", "price_cents": 1999}])
