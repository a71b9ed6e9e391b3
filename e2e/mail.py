"""A mail server by other hands: aiosmtpd on free ports of this machine, until its input ends.

First line out: a JSON object with its ports. Every letter taken: one more line. A recipient's name says how it is
met: `unknown` 550, `grey` 450, `spam` 554 after the letter, `full` 452 after it; the rest gets its letter.
With `CERT` and `KEY` (paths) the second port offers STARTTLS and asks for owner@lotos.example, password `letters`.
"""

import asyncio
import json
import logging
import os
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

HOST = "127.0.0.1"
LOGIN = LoginPassword(b"owner@lotos.example", b"letters")
AFTER_LETTER = {"spam": "554 5.7.1 refused", "full": "452 4.2.2 later"}


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.endswith("@foreign.example"):
            return "553 5.7.1 not your address"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name == "unknown":
            return "550 5.1.1 no such mailbox"
        if name == "grey":
            return "450 4.7.1 come later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "lost":
            server.transport.abort()
            return "250 OK"
        if name in AFTER_LETTER:
            return AFTER_LETTER[name]
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "letter": envelope.content.decode(),
            "is_encrypted": server.transport.get_extra_info("sslcontext") is not None,
        })
        return "250 OK"


def say(what):
    print(json.dumps(what), flush=True)


def is_known(server, session, envelope, mechanism, data):
    return AuthResult(success=data == LOGIN, handled=False)


async def open_door(**how):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), hostname=HOST, ident="mail", **how), HOST, 0)
    return server, server.sockets[0].getsockname()[1]


async def main():
    # Callers that hang up half-way are what the tests are about.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    doors = [await open_door()]
    if "CERT" in os.environ:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(os.environ["CERT"], os.environ["KEY"])
        doors.append(await open_door(
            tls_context=tls, require_starttls=True, auth_required=True, authenticator=is_known))
    say({"ports": [port for _, port in doors]})
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
