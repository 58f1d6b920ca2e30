"""The twelve demo cards: what is printed on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cardlens.training.demo_scenery import Scenery
from cardlens.training.demo_sketch import Colour

SET_ID, SET_CODE = "demo", "DMO"

# Of each type: the card's colour, and that of its symbol.
TYPES: dict[str, tuple[Colour, Colour]] = {
    "Fire": ((238, 142, 96), (214, 60, 34)),
    "Water": ((138, 190, 232), (40, 110, 200)),
    "Grass": ((160, 204, 120), (60, 140, 50)),
    "Lightning": ((250, 218, 104), (226, 170, 10)),
    "Psychic": ((190, 150, 206), (126, 50, 150)),
    "Fighting": ((208, 160, 116), (158, 84, 44)),
    "Darkness": ((112, 116, 140), (36, 40, 60)),
    "Metal": ((186, 194, 204), (108, 120, 136)),
    "Colorless": ((222, 216, 206), (150, 146, 140)),
}


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: what it costs, how it is called, what it does."""

    cost: tuple[str, ...]
    name: str
    damage: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class DemoCard:
    """One invented card."""

    number: int
    name: str
    type: str
    hp: int
    layout: Literal["classic", "modern", "full"]
    rarity: Literal["Common", "Uncommon", "Rare"]
    scenery: Scenery
    attacks: tuple[Attack, ...]
    motto: str
    weakness: str
    retreat: int
    stage: str = "Basic"

    @property
    def card_id(self) -> str:
        """Such as `demo-3`."""
        return f"{SET_ID}-{self.number}"

    def record(self) -> dict[str, Any]:
        """Metadata, in the form of the card catalogue's records."""
        attacks = [
            {"name": attack.name, "cost": list(attack.cost), "damage": attack.damage, "text": attack.text}
            for attack in self.attacks
        ]
        return {
            "id": self.card_id,
            "name": self.name,
            "supertype": "Creature",
            "subtypes": [self.stage],
            "hp": str(self.hp),
            "types": [self.type],
            "attacks": attacks,
            "number": str(self.number),
            "artist": "cardlens",
            "rarity": self.rarity,
            "set": SET_ID,
        }


F, W, G, L, P, K, D, M, C = TYPES  # one letter a type, in the order above (K: fighting)

CARDS: tuple[DemoCard, ...] = (
    DemoCard(
        1, "Emberling", F, 60, "classic", "Common",
        Scenery(((64, 28, 60), (244, 132, 70)), ((116, 50, 56), (84, 36, 40)), "embers"),
        (Attack((F,), "Warm Nap", "10", "Heal 10 damage from this creature."), Attack((F, C), "Cinder Flick", "30")),
        "It sleeps in cold ovens and wakes them up.", W, 1,
    ),
    DemoCard(
        2, "Tidepup", W, 70, "modern", "Common",
        Scenery(((150, 214, 246), (230, 246, 252)), ((70, 150, 196), (226, 206, 160)), "bubbles", (-0.8, -0.6, 0.22)),
        (Attack((W,), "Splashy Hello", "20"), Attack((W, C), "Wave Rider", "40", "Flip a coin. Tails: it swims off.")),
        "It claps for every wave that breaks.", L, 1,
    ),
    DemoCard(
        3, "Mossnib", G, 50, "classic", "Common",
        Scenery(((186, 226, 190), (244, 246, 210)), ((94, 150, 96), (62, 112, 62)), "leaves", (-0.6, -0.7, 0.25)),
        (Attack((G,), "Take Root", "", "Heal 30 damage. It cannot retreat then."), Attack((G,), "Leaf Toss", "20")),
        "Bury it in autumn, and it will forgive you in spring.", F, 1,
    ),
    DemoCard(
        4, "Voltmoth", L, 80, "modern", "Uncommon",
        Scenery(((34, 34, 78), (112, 90, 160)), ((46, 44, 92), (30, 30, 64)), "sparks", (0.7, -0.6, 0.18)),
        (Attack((L,), "Dazzle Dust", "10", "The other creature is now confused."), Attack((L, L), "Static Wing", "50")),
        "Street lamps fear it more than it fears them.", K, 0, "Stage 1",
    ),
    DemoCard(
        5, "Gloomcap", P, 70, "classic", "Uncommon",
        Scenery(((44, 30, 74), (150, 104, 168)), ((70, 52, 98), (46, 34, 68)), "motes", (0.6, -0.55, 0.24)),
        (Attack((P,), "Spore Dream", "10", "The other creature is now asleep."), Attack((P, C), "Haunt", "40")),
        "Where it stood, the dew tastes of yesterday.", D, 2,
    ),
    DemoCard(
        6, "Pebblox", K, 110, "modern", "Rare",
        Scenery(((240, 206, 150), (250, 236, 206)), ((196, 146, 100), (160, 112, 74)), "motes", (-0.8, -0.5, 0.26)),
        (Attack((K, C), "Roll Over", "40"), Attack((K, K, C), "Rock Choir", "90", "It does 10 damage to itself.")),
        "Every hundred years it takes one more step.", G, 3, "Stage 1",
    ),
    DemoCard(
        7, "Frostfin", W, 60, "classic", "Common",
        Scenery(((20, 60, 120), (120, 186, 224)), ((48, 104, 160), (32, 76, 128)), "snow", (0.5, -0.8, 0.2)),
        (Attack((W,), "Cold Shoulder", "20"), Attack((W, W), "Icicle Turn", "40", "Discard one energy from it.")),
        "It leaves a road of ice for those who follow.", M, 1,
    ),
    DemoCard(
        8, "Duskowlet", D, 60, "modern", "Common",
        Scenery(((18, 18, 46), (76, 58, 110)), ((36, 32, 66), (22, 20, 44)), "stars", (-0.65, -0.55, 0.26)),
        (Attack((D,), "Night Watch", "", "Look at the top three cards of your deck."), Attack((D, C), "Hush", "30")),
        "It counts the stars and reports the missing ones.", G, 1,
    ),
    DemoCard(
        9, "Gearbug", M, 90, "classic", "Uncommon",
        Scenery(((196, 206, 214), (236, 238, 236)), ((140, 150, 158), (100, 108, 118)), "motes"),
        (Attack((M,), "Wind Up", "", "Its next attack does 20 more damage."), Attack((M, C), "Cog Saw", "40")),
        "It was late only once, and blames the moon.", F, 2,
    ),
    DemoCard(
        10, "Cirrusheep", C, 80, "modern", "Common",
        Scenery(((96, 170, 232), (206, 234, 250)), ((150, 204, 120), (118, 178, 92)), "snow", (0.75, -0.65, 0.24)),
        (Attack((C,), "Drift", "10", "You may switch it with another."), Attack((C, C), "Fluff Press", "40")),
        "Shear it in May, and June will be sunny.", K, 1,
    ),
    DemoCard(
        11, "Cinderhorn", F, 180, "full", "Rare",
        Scenery(((60, 14, 22), (240, 96, 40)), ((110, 34, 34), (70, 22, 26)), "embers", (0.0, -0.55, 0.42)),
        (Attack((F, C), "Ash Cloud", "50"), Attack((F, F, C), "Crater Charge", "140", "Discard two fire energies.")),
        "The ground remembers where it ran.", W, 3, "Stage 2",
    ),
    DemoCard(
        12, "Brookwyrm", W, 170, "full", "Rare",
        Scenery(((14, 70, 96), (150, 222, 216)), ((38, 120, 130), (24, 88, 104)), "bubbles", (-0.7, -0.7, 0.28)),
        (Attack((W,), "Mist Veil", "30"), Attack((W, W, C), "River's Temper", "130", "It cannot attack next turn.")),
        "All bridges were built to please it.", L, 2, "Stage 2",
    ),
)  # fmt: skip
