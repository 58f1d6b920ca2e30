"""What a person owns: copies of cards in a database, with history, undo, import and export.

Needs the extra `serve` (SQLAlchemy, Alembic). Naming cards never imports this package.

    from cardlens.collection import NewCopy, open_collection

    collection = open_collection("cards.db")             # a SQLite file, made if need be; or a PostgreSQL URL
    copy = collection.add(NewCopy("sv3pt5-25", condition="near-mint"), crop=jpeg_bytes)
    copy = collection.add_answer(answer, crop=jpeg_bytes, scanned_from="page.jpg")     # an `Answer` of cardlens
    collection.correct(copy.id, "base1-58")              # the answer was wrong: kept as training material
    collection.copies(Query(text="pikachu", tag="swap")) # search, filter, sort, page
    collection.update(copy.id, quantity=3, tags=("swap",))
    collection.undo()                                    # the last thing done, whatever it was
    collection.completion()                              # how much of each set is there
    report = collection.import_file(Path("export.csv"))  # format found by its columns
    collection.export("tcgplayer", sys.stdout)

Whoever reads on: `collection.py` is the whole of what can be done, `copy.py` what an entry is, `database.py` how
nothing gets lost, `journal.py` how everything can be undone, `exchange/` the formats of other apps.

A `Collection` may be used from several threads and processes at once: every call is one transaction, and once it has
returned its work is on the disk. Errors are `CardlensError`s.
"""

from cardlens.collection.collection import Collection
from cardlens.collection.copy import CardLabel, Copy, NewCopy
from cardlens.collection.exchange.formats import NAMES as FORMATS
from cardlens.collection.exchange.report import ImportReport, Problem
from cardlens.collection.faults import (
    BadCollection,
    BadCopy,
    BadExchange,
    PriceTrouble,
    UndoConflict,
    UnknownCopy,
)
from cardlens.collection.opening import (
    DEFAULT_NAME,
    collection_names,
    create_collection,
    open_collection,
)
from cardlens.collection.query import Query

__all__ = [
    "DEFAULT_NAME",
    "FORMATS",
    "BadCollection",
    "BadCopy",
    "BadExchange",
    "CardLabel",
    "Collection",
    "Copy",
    "ImportReport",
    "NewCopy",
    "PriceTrouble",
    "Problem",
    "Query",
    "UndoConflict",
    "UnknownCopy",
    "collection_names",
    "create_collection",
    "open_collection",
]
