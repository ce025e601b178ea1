"""Loans kept by FastAPI and SQLAlchemy, written as their tutorials do: what Octavo is compared with, no part of it.

Started by `bench.peers`: `python usual_server.py DATABASE_URL`, in the peers' own environment.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The tables."""


class LoanRow(Base):
    """A loan."""

    __tablename__ = "usual_loan"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID | None] = mapped_column(index=True)
    item_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[str]
    action: Mapped[str]
    loan_date: Mapped[str]
    due_date: Mapped[datetime | None]
    item_status: Mapped[str | None]
    return_date: Mapped[str | None]
    loan_policy_id: Mapped[UUID | None]
    checkout_service_point_id: Mapped[UUID | None]
    patron_group_id: Mapped[UUID | None]
    created: Mapped[datetime] = mapped_column(server_default=func.now())


class HistoryRow(Base):
    """A change of a loan."""

    __tablename__ = "usual_loan_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID] = mapped_column(index=True)
    operation: Mapped[str]
    created: Mapped[datetime] = mapped_column(server_default=func.now())


class Loan(BaseModel):
    """A loan as it is sent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID | None = None
    user_id: UUID | None = None
    item_id: UUID
    status: str
    action: str
    loan_date: str
    due_date: datetime | None = None
    item_status: str | None = None
    return_date: str | None = None
    loan_policy_id: UUID | None = None
    checkout_service_point_id: UUID | None = None
    patron_group_id: UUID | None = None


class Loans(BaseModel):
    """A list of loans."""

    loans: list[Loan]
    total: int


engine = create_async_engine(sys.argv[1].replace("postgresql://", "postgresql+asyncpg://"), pool_size=8)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    """Yield the session of a request."""
    async with sessions() as made:
        yield made


Session = Annotated[AsyncSession, Depends(session)]


@app.get("/loans/{loan_id}")
async def read_loan(loan_id: UUID, db: Session) -> Loan:
    """Return a loan."""
    row = await db.get(LoanRow, loan_id)
    if row is None:
        raise HTTPException(404)
    return Loan.model_validate(row)


@app.get("/loans")
async def list_loans(user_id: UUID, db: Session, limit: int = 10) -> Loans:
    """Return the loans of a patron."""
    mine = select(LoanRow).where(LoanRow.user_id == user_id)
    total = await db.scalar(select(func.count()).select_from(mine.subquery()))
    rows = (await db.scalars(mine.limit(limit))).all()
    return Loans(loans=[Loan.model_validate(row) for row in rows], total=total or 0)


@app.post("/loans", status_code=201)
async def create_loan(loan: Loan, db: Session) -> Loan:
    """Store a loan with its history."""
    row = LoanRow(**loan.model_dump(exclude={"id"}))
    db.add(row)
    await db.flush()
    db.add(HistoryRow(loan_id=row.id, operation="I"))
    await db.commit()
    return Loan.model_validate(row)


async def main() -> None:
    """Make the tables and serve."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    server = uvicorn.Server(uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False, log_level="warning", port=0))
    serving: Any = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    print(f"listens on http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(main())
