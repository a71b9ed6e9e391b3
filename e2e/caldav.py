"""A calendar server by other hands: Radicale on a free port of this machine, until its input ends.

`FOLDER` (a path) is where it keeps calendars. Prints one line, its address, once it listens. Two people may come in:
anna with `anna-pass` and boris with `boris-pass`; neither has a calendar yet.
"""

import os
import socket
import sys
import threading
import time

from radicale import config, log, server

WAIT_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main():
    folder = os.environ["FOLDER"]
    users = os.path.join(folder, "users")
    with open(users, "w", encoding="utf-8") as file:
        file.write("anna:anna-pass\nboris:boris-pass\n")
    port = free_port()
    settings = config.load()
    settings.update(
        {
            "server": {"hosts": f"127.0.0.1:{port}"},
            "auth": {
                "type": "htpasswd",
                "htpasswd_filename": users,
                "htpasswd_encryption": "plain",
                "delay": "0",
            },
            "storage": {"filesystem_folder": os.path.join(folder, "collections")},
            "logging": {"level": "error"},
        },
        "test",
        privileged=True,
    )
    log.setup()
    log.set_level("error", False, False)
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=server.serve, args=(settings, theirs), daemon=True)
    thread.start()
    deadline = time.monotonic() + WAIT_S
    while not listens(port):
        if time.monotonic() > deadline or not thread.is_alive():
            sys.exit("the server does not listen")
        time.sleep(0.05)
    print(f"http://127.0.0.1:{port}/", flush=True)
    sys.stdin.read()
    ours.close()
    thread.join(5)


if __name__ == "__main__":
    main()
