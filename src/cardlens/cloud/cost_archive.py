"""What if some of it lay in an archive: every fee, and the month in which it has paid for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cardlens.cloud.cost_bill import billed_gb, month_of_storage, per_thousand
from cardlens.cloud.cost_inventory import Holding, total_bytes
from cardlens.cloud.cost_prices import Cost, PriceTable, StorageClass

DAYS_A_MONTH = Decimal(30)
COPY_DAYS = 7  # how long a restored copy is kept in Standard while it is read
LONGEST_MONTHS = 600


@dataclass(frozen=True, slots=True)
class ArchiveCase:
    """Some holdings, moved from Standard to one archive class and kept there.

    Attributes:
        billed_gb: what the class bills, with its minimum size and its overhead an object.
        before: a month in Standard.
        after: a month in the archive, overhead included.
        transition: paid once, to move there.
        restore: to read all of it once: requests, GB, and the temporary copy; transfer out is not in it.
        small_files: objects for which the archive costs more every month than Standard.
    """

    storage_class: StorageClass
    files: int
    billed_gb: Decimal
    before: Cost
    after: Cost
    transition: Cost
    restore: Cost
    small_files: int

    @property
    def saving(self) -> Decimal:
        """Dollars saved a month; below zero where it costs more."""
        return self.before.usd - self.after.usd

    @property
    def minimum_months(self) -> Decimal:
        """Months that are paid for in any case."""
        return self.storage_class.minimum_days / DAYS_A_MONTH

    def spent(self, months: int, restores: int = 0) -> Decimal:
        """Dollars spent in the archive when it is left after `months`, having been read `restores` times."""
        paid = max(Decimal(months), self.minimum_months)
        return self.transition.usd + self.after.usd * paid + self.restore.usd * restores

    def break_even(self, restores: int = 0) -> int | None:
        """First month after which the archive was cheaper, even if it is left then; None: never in 50 years."""
        months = range(1, LONGEST_MONTHS + 1)
        return next((month for month in months if self.spent(month, restores) < self.before.usd * month), None)


def archive(holdings: Sequence[Holding], storage_class: StorageClass, prices: PriceTable) -> ArchiveCase:
    """Price the move of `holdings` from Standard to an archive class."""
    files = sum(one.files for one in holdings)
    return ArchiveCase(
        storage_class=storage_class,
        files=files,
        billed_gb=billed_gb(holdings, storage_class, prices),
        before=month_of_storage(holdings, prices.standard, prices),
        after=month_of_storage(holdings, storage_class, prices),
        transition=per_thousand(storage_class.transition_per_1000, files),
        restore=_restore(storage_class, files, prices.gb(total_bytes(holdings)), prices),
        small_files=sum(one.files for one in holdings if _costs_more(one, storage_class, prices)),
    )


def _restore(storage_class: StorageClass, files: int, stored: Decimal, prices: PriceTable) -> Cost:
    asked = per_thousand(storage_class.retrieval_per_1000, files)
    read = storage_class.retrieval_per_gb.times(stored)
    if not storage_class.restored_copy:
        return asked + read
    copy = prices.standard.per_gb_month.cost(stored).times(COPY_DAYS / DAYS_A_MONTH)
    return asked + read + copy + per_thousand(prices.get_per_1000, files)


def _costs_more(holding: Holding, storage_class: StorageClass, prices: PriceTable) -> bool:
    there = month_of_storage((holding,), storage_class, prices)
    return there.usd > month_of_storage((holding,), prices.standard, prices).usd
