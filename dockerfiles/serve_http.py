"""A small AI service over HTTP.

    POST /predict   {"instances": [[5.1, 3.5, 1.4, 0.2]]}  names the flower of each row
    GET  /healthz   200 once the model is loaded
    GET  /info      what this container is, and which accelerator it sees

In an image gunicorn serves it (see gunicorn.conf.py); `python serve_http.py` starts
Flask's own server, for development.
"""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException

from accelerator import detect
from classifier import Classifier

if TYPE_CHECKING:
    from flask import Response

    from classifier import Floats

MAX_INSTANCES = 1024
MAX_BODY_BYTES = 256 * 1024
MAX_CENTIMETRES = 100.0


def create_app(model: Classifier) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.post("/predict")
    def predict() -> Response:
        instances = parse_instances(read_json(), model.features)
        rows = model.probabilities(instances)
        return jsonify(predictions=[as_prediction(row, model.labels) for row in rows])

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/info")
    def info() -> Response:
        return jsonify(
            service="iris-service",
            version=os.environ.get("SERVICE_VERSION", "dev"),
            architecture=platform.machine(),
            python=platform.python_version(),
            numpy=np.__version__,
            accelerator=asdict(detect()),
        )

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[Response, int]:
        code = error.code or 500
        return jsonify(error={"code": code, "message": error.description}), code

    return app


def read_json() -> Any:
    try:
        return request.get_json()
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply.") from None


def parse_instances(body: Any, features: tuple[str, ...]) -> Floats:
    """The request's rows as an array; a BadRequest names the first value that is wrong."""
    instances = body.get("instances") if isinstance(body, dict) else None
    if not isinstance(instances, list) or not 1 <= len(instances) <= MAX_INSTANCES:
        raise BadRequest(f'The body must be {{"instances": […]}} with 1 to {MAX_INSTANCES} rows.')
    for number, row in enumerate(instances):
        if not isinstance(row, list) or len(row) != len(features):
            raise BadRequest(f"instances[{number}] must be a list: {', '.join(features)}.")
        for name, value in zip(features, row):
            # bool is an int to Python; NaN fails the comparison.
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not 0 <= value <= MAX_CENTIMETRES:
                raise BadRequest(
                    f"instances[{number}].{name} must be a number from 0 to {MAX_CENTIMETRES:g}."
                )
    return np.array(instances, dtype=np.float32)


def as_prediction(row: Floats, labels: tuple[str, ...]) -> dict[str, Any]:
    probabilities = {label: round(float(p), 4) for label, p in zip(labels, row)}
    return {"label": labels[int(np.argmax(row))], "probabilities": probabilities}


app = create_app(Classifier.load())

if __name__ == "__main__":
    app.run(host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "8000")))
