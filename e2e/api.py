"""Takes one of the keys for each call, in turn: one alone would soon be told to wait a minute.

KEYS holds them, with commas between.
"""

import itertools
import os

import schemathesis

keys = itertools.cycle(os.environ["KEYS"].split(","))


@schemathesis.auth(refresh_interval=None)
class Keys:
    def get(self, case, context):
        return next(keys)

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
