from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cardlens.service.page import load_page


def test_every_file_is_sent_with_its_type_and_not_twice(client: TestClient) -> None:
    for path, file in load_page().items():
        answer = client.get(path)
        assert answer.content == file.data
        assert answer.headers["content-type"] == file.media_type
        assert client.get(path, headers={"If-None-Match": file.tag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/js",
        "/js/",
        "/../pyproject.toml",
        "/%2e%2e/app.py",
        "/js/..%2f..%2fapp.py",
        "/js/%00",
        "//etc/passwd",
        "/..\\..\\app.py",
        "/js/app.js/",
        "/%c0%ae%c0%ae/etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_page(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 421)


def test_the_page_names_nothing_on_another_machine(page_folder: Path) -> None:
    for file in page_folder.rglob("*.*"):
        if file.suffix == ".png":
            continue
        text = (
            file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "").replace("http://host:8151", "")
        )
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", text), file.name
        assert ".innerHTML" not in text
        assert "style=" not in text


def test_every_module_and_file_that_is_named_exists(page_folder: Path) -> None:
    page = load_page()
    for script in (page_folder / "js").glob("*.js"):
        for name in re.findall(r'from "\./([a-z]+\.js)"', script.read_text(encoding="utf-8")):
            assert f"/js/{name}" in page
    for name in re.findall(r'(?:href|src)="(/[^"#]*)', page["/"].data.decode()):
        assert name in page
    assert all(icon["src"] in page for icon in json.loads(page["/manifest.webmanifest"].data)["icons"])


def test_the_worker_keeps_every_file_and_changes_when_one_does(page_folder: Path, tmp_path: Path) -> None:
    page = load_page()
    worker = page["/sw.js"].data.decode()
    kept = json.loads(worker.partition("FILES = ")[2].partition(";")[0])
    assert set(kept) == set(page) - {"/sw.js"}
    for file in page_folder.rglob("*.*"):
        copy = tmp_path / file.relative_to(page_folder)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (tmp_path / "style.css").write_text("body { }", encoding="utf-8")
    assert load_page(tmp_path)["/sw.js"].data.decode() != worker
