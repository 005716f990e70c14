"""The service's own tests. Every Dockerfile runs them on the platform it builds for."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import accelerator
from classifier import Classifier
from serve_http import MAX_BODY_BYTES, MAX_INSTANCES, app

SETOSA = [5.1, 3.5, 1.4, 0.2]
VERSICOLOR = [6.0, 2.7, 4.2, 1.3]
VIRGINICA = [6.7, 3.1, 5.6, 2.4]


def call(method: str, path: str, **request: Any) -> Any:
    return app.test_client().open(path, method=method, **request)


def post(body: Any) -> Any:
    return call("POST", "/predict", json=body)


def test_predict_names_each_flower() -> None:
    answer = post({"instances": [SETOSA, VERSICOLOR, VIRGINICA]})
    assert answer.status_code == 200
    predictions = answer.json["predictions"]
    assert [p["label"] for p in predictions] == ["setosa", "versicolor", "virginica"]
    for prediction in predictions:
        assert prediction["probabilities"][prediction["label"]] > 0.8
        assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-3)


def test_predict_stays_finite_at_the_limits() -> None:
    rows = [[0, 0, 0, 0], [100, 100, 100, 100]]
    probabilities = Classifier.load().probabilities(np.array(rows, dtype=np.float32))
    assert np.isfinite(probabilities).all()
    assert post({"instances": rows}).status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([SETOSA], "The body must be"),
        ({}, "The body must be"),
        ({"instances": []}, "The body must be"),
        ({"instances": [SETOSA] * (MAX_INSTANCES + 1)}, "The body must be"),
        ({"instances": [SETOSA, 1]}, "instances[1] must be a list"),
        ({"instances": [SETOSA[:3]]}, "instances[0] must be a list: sepal_length"),
        ({"instances": [["5.1", 3.5, 1.4, 0.2]]}, "instances[0].sepal_length"),
        ({"instances": [[5.1, True, 1.4, 0.2]]}, "instances[0].sepal_width"),
        ({"instances": [[5.1, 3.5, float("nan"), 0.2]]}, "instances[0].petal_length"),
        ({"instances": [[5.1, 3.5, 1.4, 10**400]]}, "instances[0].petal_width"),
        ({"instances": [[5.1, 3.5, 1.4, -1]]}, "instances[0].petal_width"),
    ],
)
def test_predict_refuses_bad_input(body: Any, message: str) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == 400
    assert message in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "data", "content_type", "status"),
    [
        ("POST", "/predict", "{", "application/json", 400),
        ("POST", "/predict", "[" * 100_000, "application/json", 400),
        ("POST", "/predict", " " * (MAX_BODY_BYTES + 1), "application/json", 413),
        ("POST", "/predict", "{}", "text/plain", 415),
        ("GET", "/predict", None, None, 405),
        ("GET", "/nowhere", None, None, 404),
    ],
)
def test_every_error_is_json(
    method: str, path: str, data: Any, content_type: Any, status: int
) -> None:
    answer = call(method, path, data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.json["error"]["code"] == status


def test_healthz() -> None:
    assert call("GET", "/healthz").json == {"status": "ok"}


@pytest.mark.usefixtures("no_torch")  # a build has no GPU, and a real torch takes seconds
def test_info_tells_where_it_runs() -> None:
    info = call("GET", "/info").json
    assert info["architecture"] == platform.machine()
    assert info["numpy"] == np.__version__
    assert info["accelerator"]["kind"] in ("cpu", "cuda", "jetson")


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A torch that sees a GPU; a test may change its mind."""
    fake = SimpleNamespace(
        __version__="2.8.0",
        version=SimpleNamespace(cuda="12.6"),
        cuda=SimpleNamespace(is_available=lambda: True, get_device_name=lambda _: "NVIDIA L4"),
    )
    monkeypatch.setitem(sys.modules, "torch", fake)
    return fake


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.usefixtures("no_torch")
def test_accelerator_without_any_gpu(tmp_path: Path) -> None:
    seen = accelerator.detect(tmp_path, {})
    assert (seen.kind, seen.usable, seen.problem) == ("cpu", None, None)


@pytest.mark.usefixtures("no_torch")
def test_accelerator_by_device_node(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidia0").touch()
    assert accelerator.detect(tmp_path, {}).kind == "cuda"


@pytest.mark.usefixtures("no_torch")
def test_accelerator_on_a_jetson(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "nv_tegra_release").write_text("# R36 (release), REVISION: 4.0, GCID: 1\n")
    (tmp_path / "proc" / "device-tree").mkdir(parents=True)
    (tmp_path / "proc" / "device-tree" / "model").write_text("NVIDIA Jetson Orin Nano\0")
    seen = accelerator.detect(tmp_path, {})
    assert (seen.kind, seen.l4t, seen.device) == ("jetson", "36.4.0", "NVIDIA Jetson Orin Nano")


@pytest.mark.usefixtures("torch")
def test_accelerator_by_torch(tmp_path: Path) -> None:
    seen = accelerator.detect(tmp_path, {"NVIDIA_VISIBLE_DEVICES": "all"})
    assert (seen.kind, seen.device, seen.cuda) == ("cuda", "NVIDIA L4", "12.6")
    assert (seen.usable, seen.problem) == (True, None)


def test_accelerator_asked_for_but_not_there(tmp_path: Path, torch: SimpleNamespace) -> None:
    torch.cuda.is_available = lambda: False
    seen = accelerator.detect(tmp_path, {"NVIDIA_VISIBLE_DEVICES": "all"})
    assert (seen.kind, seen.usable) == ("cpu", False)
    assert "--gpus all" in (seen.problem or "")
