"""How gunicorn runs the service in an image. Every name here is a gunicorn setting."""

import os
from pathlib import Path

bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"

# One process with threads: the model, and a GPU's memory, are there once. numpy and torch
# let other threads run while they compute. On a CPU with many cores raise WEB_CONCURRENCY.
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_class = "gthread"
threads = int(os.environ.get("THREADS", "4"))

# A worker proves that it lives by touching a file: on a slow disk that can look like death.
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"

timeout = 60
graceful_timeout = 25
accesslog = "-"

# Newer gunicorns open a socket for remote control in $HOME, which an image's user lacks.
control_socket_disable = True
