"""The few components of an embedding that are indexed instead of the whole (decision 0028)."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from alembic import op
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from pgvector.sqlalchemy import HALFVEC

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COMPONENTS, _SAMPLE, _BLOCK = 64, 20_000, 2_000


def upgrade() -> None:
    """Add the components, work out those of what is there, and index them."""
    op.add_column(
        "versions",
        sa.Column("projection", sa.LargeBinary(), comment="(768, 64) float32: from embeddings to components"),
    )
    op.add_column("embeddings", sa.Column("components", HALFVEC(_COMPONENTS), comment="what is indexed"))
    connection = op.get_bind()
    if (driver := connection.connection.driver_connection) is not None:
        register_vector(driver)
    for number, served in connection.execute(sa.text("SELECT id, served FROM versions ORDER BY id")).all():
        _fill(connection, number)
        op.execute(f"DROP INDEX IF EXISTS nearest_{number:d}")
        if served:
            op.execute("SET LOCAL maintenance_work_mem = '512MB'")
            op.execute(
                f"CREATE INDEX nearest_{number:d} ON embeddings_{number:d} "
                "USING hnsw (components halfvec_ip_ops) WITH (m = 24, ef_construction = 128)"
            )
    op.alter_column("versions", "projection", nullable=False)
    op.alter_column("embeddings", "components", nullable=False)


def _fill(connection: sa.Connection, number: int) -> None:
    query = (
        "SELECT scan, embedding FROM embeddings WHERE version = :number AND scan > :after ORDER BY scan LIMIT :count"
    )
    sample = connection.execute(sa.text(query), {"number": number, "after": -1, "count": _SAMPLE}).all()
    rows = np.array([one.embedding.to_numpy() for one in sample], np.float32).reshape(-1, 768)
    projection = np.ascontiguousarray(np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :_COMPONENTS], np.float32)
    connection.execute(
        sa.text("UPDATE versions SET projection = :projection WHERE id = :number"),
        {"projection": projection.tobytes(), "number": number},
    )
    after = -1
    while block := connection.execute(sa.text(query), {"number": number, "after": after, "count": _BLOCK}).all():
        vectors = np.array([one.embedding.to_numpy() for one in block], np.float32) @ projection
        connection.execute(
            sa.text(
                "UPDATE embeddings e SET components = n.components "
                "FROM unnest(CAST(:scans AS bigint[]), CAST(:components AS halfvec[])) AS n (scan, components) "
                "WHERE e.version = :number AND e.scan = n.scan"
            ),
            {
                "scans": [one.scan for one in block],
                "components": [HalfVector(one) for one in vectors],
                "number": number,
            },
        )
        after = block[-1].scan


def downgrade() -> None:
    """Go back to an index over whole embeddings."""
    for (number,) in op.get_bind().execute(sa.text("SELECT id FROM versions WHERE served")).all():
        op.execute(f"DROP INDEX IF EXISTS nearest_{number:d}")
        op.execute(
            f"CREATE INDEX nearest_{number:d} ON embeddings_{number:d} "
            "USING hnsw (embedding halfvec_ip_ops) WITH (m = 16, ef_construction = 128)"
        )
    op.drop_column("embeddings", "components")
    op.drop_column("versions", "projection")
