from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.errors import CardlensError
from cardlens.settings import BUNDLED, Settings

NUMBERS = ("CARDLENS_MAX_BYTES", "CARDLENS_MAX_PIXELS", "CARDLENS_THREADS")


def test_an_empty_environment_leaves_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_by_default_everything_bundled_is_used() -> None:
    assert Settings().models == BUNDLED
    assert Settings().reference == BUNDLED / "reference"


def test_every_setting_can_be_given() -> None:
    environment = {
        "CARDLENS_REFERENCE": "/cards/mine",
        "CARDLENS_MODELS": "/models",
        "CARDLENS_MAX_BYTES": "1000",
        "CARDLENS_MAX_PIXELS": "2000",
        "CARDLENS_THREADS": "3",
        "CARDLENS_COLLECTION": "postgresql://anna:secret@server/cards",
    }
    settings = Settings.from_environment(environment)
    place = environment["CARDLENS_COLLECTION"]
    assert settings == Settings(Path("/cards/mine"), Path("/models"), 1000, 2000, 3, place)
    assert "secret" not in repr(settings)


def test_the_collection_lies_where_the_system_keeps_data(tmp_path: Path) -> None:
    kept = Settings.from_environment({"XDG_DATA_HOME": str(tmp_path)}).collection
    assert Path(kept) == tmp_path / "cardlens" / "collection.db"
    assert Settings().collection.endswith("cardlens/collection.db")


def test_where_store_registry_and_device_are_can_be_given() -> None:
    environment = {
        "CARDLENS_STORE": "s3://shop/cards",
        "CARDLENS_GROUP": "group",
        "CARDLENS_REGISTRY": "sagemaker",
        "CARDLENS_DEVICE_HOME": "/var/lib/cardlens",
        "CARDLENS_DEVICE_NAME": "scanner-1",
        "CARDLENS_TRUST": "ab12",
    }
    settings = Settings.from_environment(environment)
    assert (settings.store, settings.group, settings.registry) == ("s3://shop/cards", "group", "sagemaker")
    assert settings.device_home == Path("/var/lib/cardlens")
    assert (settings.device_name, settings.trust) == ("scanner-1", "ab12")


@pytest.mark.parametrize("given", [{}, {"CARDLENS_STORE": "", "CARDLENS_DEVICE_HOME": ""}])
def test_store_and_device_lie_where_the_system_keeps_data(given: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.from_environment({**given, "XDG_DATA_HOME": str(tmp_path)})
    assert Path(settings.store) == tmp_path / "cardlens" / "store"
    assert settings.device_home == tmp_path / "cardlens" / "device"
    assert Settings().store.endswith("/.local/share/cardlens/store")


def test_the_environment_of_the_process_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLENS_THREADS", "7")
    assert Settings.from_environment().threads == 7


@given(name=st.sampled_from(NUMBERS), number=st.integers(0, 10**12))
def test_a_whole_number_is_taken_as_it_is(name: str, number: int) -> None:
    settings = Settings.from_environment({name: str(number)})
    assert getattr(settings, name.removeprefix("CARDLENS_").lower()) == number


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["", "many", "-1", "1.5", "1e6", "٣", "²", " 4"])
def test_what_is_no_whole_number_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(CardlensError, match=rf"{name}=.*not a whole number") as refused:
        Settings.from_environment({name: text})
    assert "\n" not in str(refused.value)
