"""`GET /v1/cards…` and `/v1/similar/…`: what is known of cards, from facts and database; no picture of any."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from cardlens.recognition.facts import Card, bundled_facts
from cardlens.service import schemas
from cardlens.service.engine import Engine
from cardlens.service.known import KnownCards
from cardlens.service.looking import name_of
from cardlens.service.problem import Refused, documented

CardId = Annotated[str, Path(max_length=80, examples=["sv3pt5-25"], description="Set id, hyphen, number.")]
Limit = Annotated[int, Query(ge=1, le=200)]
_COLUMNS = ("card_id", "name", "set", "number", "rarity")


def card_routes(engine: Engine) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["cards"])

    @router.get(
        "/v1/cards",
        operation_id="search_cards",
        summary="Search cards",
        responses={200: {"model": schemas.Cards}, **documented(401, 421, 422, 503)},
    )
    def search(
        search: Annotated[
            str, Query(max_length=100, examples=["pikachu 25/165"], description="Words of name, set, number or id.")
        ],
        limit: Limit = 20,
    ) -> JSONResponse:
        """Find cards among all that are known, with or without a scan, best first."""
        known, facts = engine.generation.known, bundled_facts()
        # first the user's own cards: where the facts have no match they give what sounds alike
        own = [card_id for card_id in known.search(search, limit) if card_id not in facts]
        found = [_of_record(card_id, known.record(card_id)) for card_id in own]
        found += [_of_facts(card, known) for card in facts.search(search, limit - len(own))]
        return JSONResponse({"cards": found})

    @router.get(
        "/v1/card-index",
        operation_id="card_index",
        summary="Every card, for a search in the page itself",
        responses={200: {"model": schemas.CardIndex}, **documented(401, 421, 503)},
    )
    def index() -> Response:
        """All cards as rows: compressed, to be fetched once and kept."""
        body = _index(engine.generation.version)
        return Response(
            body, media_type="application/json", headers={"Content-Encoding": "gzip", "Cache-Control": "no-cache"}
        )

    @router.get(
        "/v1/cards/{card_id}",
        operation_id="get_card",
        summary="One card",
        responses={200: {"model": schemas.Card}, **documented(401, 404, 421, 422, 503)},
    )
    def card(card_id: CardId) -> JSONResponse:
        """What is known of one card."""
        return JSONResponse(describe(card_id, engine.generation.known))

    @router.get(
        "/v1/similar/{card_id}",
        operation_id="similar_cards",
        summary="Cards that look like one",
        responses={200: {"model": schemas.SimilarCards}, **documented(401, 404, 421, 422, 503)},
    )
    def similar(card_id: CardId, limit: Limit = 10) -> JSONResponse:
        """The cards whose picture is most like this one's, by the embeddings of the database."""
        generation = engine.generation
        if card_id not in generation.known:
            raise Refused(404, f"{card_id}: the database has no scan of such a card; search: /v1/cards?search=")
        found = generation.known.similar(card_id, limit)
        alike = [
            {**name_of(generation, one.card_id), "similarity": round(one.similarity, 4), "tied": one.tied}
            for one in found
        ]
        return JSONResponse({"card_id": card_id, "similar": alike})

    @cache
    def _index(_version: str) -> bytes:
        record = card_index(engine.generation.known)
        return gzip.compress(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)

    return router


def describe(card_id: str, known: KnownCards) -> dict[str, Any]:
    """What is known of a card; raises `Refused` with 404 where nothing is."""
    card = bundled_facts().get(card_id)
    if card is not None:
        return _of_facts(card, known)
    if card_id in known:
        return _of_record(card_id, known.record(card_id))
    raise Refused(404, "no such card; search for it: /v1/cards?search=")


def card_index(known: KnownCards) -> dict[str, Any]:
    """Every card of facts and database, sets apart."""
    facts = bundled_facts()
    cards = [asdict(card) for card in facts]
    cards += [_of_record(card_id, record) for card_id, record in known.records() if card_id not in facts]
    sets: dict[str, int] = {}
    rows, named = [], []
    for card in cards:
        if card["set_id"] not in sets:
            sets[card["set_id"]] = len(sets)
            named.append(
                [
                    card["set_id"],
                    card["set_name"],
                    card["set_code"],
                    card["printed_total"] and str(card["printed_total"]),
                    card["game"],
                ]
            )
        rows.append([card["card_id"], card["name"], sets[card["set_id"]], card["number"], card["rarity"]])
    return {"columns": list(_COLUMNS), "sets": named, "rows": rows}


def _of_facts(card: Card, known: KnownCards) -> dict[str, Any]:
    return {**asdict(card), "can_be_seen": card.card_id in known}


def _of_record(card_id: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """A card that only the database knows: its keys are the user's own."""
    plain = {key: known.get(key) for key in ("printed_code", "hp", "rarity", "release_date", "set_code")}
    total = known.get("printed_total")
    return {
        **{key: None if value is None else str(value) for key, value in plain.items()},
        **{key: str(known.get(key, "")) for key in ("name", "set_id", "set_name", "number", "supertype", "series")},
        "card_id": card_id,
        "printed_total": total if isinstance(total, int) else None,
        "subtypes": [str(one) for one in known.get("subtypes") or []],
        "game": str(known.get("game", "physical")),
        "can_be_seen": True,
    }
