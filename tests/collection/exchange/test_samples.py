# ruff: noqa: E501 - rows are as long as they are
"""Rows as the apps write them. The forms are those of the samples that each format's docstring names."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cardlens.collection import Collection, ImportReport, Query

COLLECTR = """\
Portfolio Name,Category,Set,Product Name,Card Number,Rarity,Variance,Grade,Card Condition,Average Cost Paid,Quantity,\
Market Price (As of 2026-07-19),Price Override,Watchlist,Date Added,Notes
Main,Lorcana,Disney Lorcana Promo Cards,Elsa - The Fifth Spirit,6,Promo,Holofoil,Ungraded,Near Mint,0,1,7.12,0,false,2026-01-24,
Main,Pokemon,Base Set,Charizard,4/102,Rare Holo,Holofoil,Ungraded,Lightly Played,280,1,300,0,false,2024-01-10,
full collection,Pokemon,Base Set (1st Edition & Shadowless),Ninetales,12,Holo Rare,Shadowless Holofoil,Ungraded,\
Moderately Played,0,1,87.05,0,FALSE,7/6/2026,
Main,Pokemon,Evolving Skies,Umbreon VMAX,215/203,SR,Holofoil,PSA 10.0 GEM - MT,Near Mint,"$1,234.56",2,$505.00,,No,2026-01-10,from grandma
Main,Pokemon,Aquapolis,Arcanine,2,Rare,Normal,Ungraded,Near Mint,0,1,65.88,0,false,2026-03-14,
Main,Pokemon,151,Mew ex,151/165,DR,Holofoil,Ungraded,Near Mint,20.0000,1,30.00,0,TRUE,2026-05-01,
Sealed,Pokemon,151,151 Elite Trainer Box,,,Normal,Ungraded,Near Mint,49.99,1,60,0,false,2023-09-22,
"""
TCGPLAYER = """\
Quantity,Name,Simple Name,Set,Card Number,Set Code,Printing,Condition,Language,Rarity,Product ID,SKU
1,Charizard,Charizard,Base Set,4/102,BS,Holofoil,Near Mint,English,Rare Holo,15663,
3,Pikachu,Pikachu,Jungle,60/64,JU,Normal,Lightly Played,English,Common,4146,
1,Umbreon ex,Umbreon ex,SV: Prismatic Evolutions,161/131,PRE,Holofoil,Near Mint Holofoil,Japanese,Special Illustration Rare,6275,
1,Pikachu - 025/165,Pikachu,SV: Scarlet & Violet 151,025/165,MEW,Reverse Holofoil,Mint,Traditional Chinese,Common,,
2,Pikachu,Pikachu,XY - Evolutions,35/108,,Sparkly,Near Mint,English,,,
"""
DECKBOX = """\
Count,Tradelist Count,Name,Edition,Edition Code,Card Number,Condition,Language,Foil,Signed,Artist Proof,Altered Art,\
Misprint,Promo,Textless,Printing Id,Printing Note,Tags,My Price
2,1,Pikachu,151,MEW,25,Near Mint,German,foil,,,,,,,59901,,"",$0.00
1,1,Charizard,Base,BS,4,Good (Lightly Played),English,foil,,,,,,,59901,,"swap,red",$0.00
1,0,Bulbasaur,Base,44,Poor,English,,,,,,,,
1,0,Bulbasaur,Base,,44,Proxy,English,,,,,,,,
"""
DECKBOX_OLD = """\
Count,Tradelist Count,Name,Edition,Card Number,Condition,Language,Foil,Signed,Artist Proof,Altered Art,Misprint,Promo,Textless,My Price
4,4,Bulbasaur,Base Set,44,Played,English,,,,,,,,
"""
MANABOX = """\
Binder Name,Binder Type,Name,Set code,Set name,Collector number,Foil,Rarity,Quantity,ManaBox ID,Scryfall ID,\
Purchase price,Misprint,Altered,Condition,Language,Purchase price currency
my list,list,Pikachu,MEW,151,25,normal,common,1,64142,,0.47,false,false,near_mint,de,USD
Test-2023-09-12,binder,Charizard,BS,Base,4,foil,rare,1,80444,,4.06,false,false,excellent,en,USD
Edgar,deck,Pikachu,MEW,151,25,foil,common,2,48710,,0.28,false,false,light_played,ja,EUR
Import,binder,Pikachu,MEW,151,25,normal,common,1,1,,0.02,false,false,poor,zht,USD
"""
DRAGON_SHIELD = """\
"sep=,"
Folder Name,Quantity,Trade Quantity,Card Name,Set Code,Set Name,Card Number,Condition,Printing,Language,Price Bought,\
Date Bought,LOW,MID,MARKET
Test,1,1,Charizard,BS,Base,4,NearMint,Holofoil,English,0.00,2026-05-15,,,
Test,2,1,Pikachu,MEW,151,25,LightPlayed,Foil,Traditional Chinese,1.06,8/19/2021,3.75,5.93,5.37
Test,1,1,Pikachu,MEW,151,25,Excellent,Normal,German,1.06,2026-05-15,3.75,5.93,5.37
Test,1,1,Pikachu,MEW,151,25,NearMint,Double Rainbow Foil,English,0.00,2026-05-15,,,
"""


def take_in(collection: Collection, text: str) -> tuple[ImportReport, list[dict[str, Any]]]:
    report = collection.import_file(io.BytesIO(text.encode()), name="export.csv")
    return report, [copy.as_json() for copy in collection.copies(Query(sort="oldest"))]


def columns(copies: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(copy[name] for name in names) for copy in copies]


def test_collectr(collection: Collection) -> None:
    report, copies = take_in(collection, COLLECTR)
    assert report.format == "collectr"
    assert columns(copies, "card_id", "quantity", "finish", "condition", "price_paid", "currency") == [
        ("base1-4", 1, "holo", "lightly-played", "280.00", None),
        ("base1-12", 1, "shadowless-holo", "moderately-played", None, None),
        ("swsh7-215", 2, "holo", "near-mint", "1234.56", "USD"),
        ("ecard2-2", 1, "normal", "near-mint", None, None),
    ]
    assert columns(copies, "place", "acquired_on", "grade", "note") == [
        (None, "2024-01-10", None, None),
        ("full collection", "2026-07-06", None, None),
        (None, "2026-01-10", "PSA 10.0 GEM - MT", "from grandma"),
        (None, "2026-03-14", None, None),
    ]
    assert [str(problem) for problem in report.problems] == [
        "line 2, column Category: of another game, Lorcana",
        "line 7, column Watchlist: on the watch list, not in the collection",
        "line 8, column Card Number: empty: a sealed product, or a card without a number",
    ]


def test_tcgplayer(collection: Collection) -> None:
    report, copies = take_in(collection, TCGPLAYER)
    assert report.format == "tcgplayer"
    assert columns(copies, "card_id", "quantity", "finish", "condition", "language") == [
        ("base1-4", 1, "holo", "near-mint", "en"),
        ("base2-60", 3, "normal", "lightly-played", "en"),
        ("sv8pt5-161", 1, "holo", "near-mint", "ja"),
        ("sv3pt5-25", 1, "reverse-holo", "mint", "zh-hant"),
    ]
    assert [str(problem) for problem in report.problems] == ["line 6, column Printing: 'Sparkly' is not known"]


def test_deckbox(collection: Collection) -> None:
    report, copies = take_in(collection, DECKBOX)
    assert report.format == "deckbox"
    assert columns(copies, "card_id", "quantity", "finish", "condition", "language", "tags") == [
        ("sv3pt5-25", 2, "reverse-holo", "near-mint", "de", []),
        ("base1-4", 1, "holo", "lightly-played", "en", ["red", "swap"]),
    ]
    # the third row lacks a cell, as in the sample: everything after it stands in the wrong column
    assert [(problem.line, problem.column) for problem in report.problems] == [(4, "Card Number"), (5, "Condition")]


def test_deckbox_of_old(collection: Collection) -> None:
    report, copies = take_in(collection, DECKBOX_OLD)
    assert (report.format, report.problems) == ("deckbox", [])
    assert columns(copies, "card_id", "quantity", "finish", "condition") == [
        ("base1-44", 4, "normal", "moderately-played")
    ]


def test_manabox(collection: Collection) -> None:
    report, copies = take_in(collection, MANABOX)
    assert report.format == "manabox"
    assert columns(
        copies, "card_id", "quantity", "finish", "condition", "language", "place", "price_paid", "currency"
    ) == [
        ("base1-4", 1, "holo", "lightly-played", "en", "Test-2023-09-12", "4.06", "USD"),
        ("sv3pt5-25", 2, "reverse-holo", "moderately-played", "ja", "Edgar", "0.28", "EUR"),
        ("sv3pt5-25", 1, "normal", "damaged", "zh-hant", "Import", "0.02", "USD"),
    ]
    assert [str(problem) for problem in report.problems] == [
        "line 2, column Binder Type: on a list, not in the collection"
    ]


def test_dragon_shield(collection: Collection) -> None:
    report, copies = take_in(collection, DRAGON_SHIELD)
    assert report.format == "dragon-shield"
    assert columns(copies, "card_id", "quantity", "finish", "condition", "language", "price_paid", "acquired_on") == [
        ("base1-4", 1, "holo", "near-mint", "en", None, "2026-05-15"),
        ("sv3pt5-25", 2, "reverse-holo", "moderately-played", "zh-hant", "1.06", "2021-08-19"),
        ("sv3pt5-25", 1, "normal", "lightly-played", "de", "1.06", "2026-05-15"),
    ]
    assert {copy["place"] for copy in copies} == {"Test"}
    assert [str(problem) for problem in report.problems] == [
        "line 6, column Printing: 'Double Rainbow Foil' is not known"
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_sample_in_another_encoding_is_the_same(collection: Collection, encoding: str) -> None:
    text = COLLECTR.replace("from grandma", "von Großmütterchen")
    report = collection.import_file(io.BytesIO(text.encode(encoding)))
    assert report.entries == 4
    assert [copy.note for copy in collection.search("großmütterchen")] == ["von Großmütterchen"]
    assert collection.copies()[0].acquired_on == date(2026, 3, 14)
    assert collection.copies(Query(card_id="base1-4"))[0].price_paid == Decimal("280.00")
