"""A real SMTP server for tests: it takes mails on this machine's loopback, and tells of each on standard output.

The first line is `port NUMBER`; each line after that is a mail as JSON, read by Python's own parser of mails.
"""

import argparse
import asyncio
import base64
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, refuse):
        self.refuse = refuse

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        body = mail.get_body(("plain",))
        told = {
            "mail_from": envelope.mail_from,
            "rcpt_tos": envelope.rcpt_tos,
            "signed_in": session.authenticated,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": body.get_content() if body else None,
            "attachments": [
                {
                    "name": part.get_filename(),
                    "media_type": part.get_content_type(),
                    "content_base64": base64.b64encode(part.get_payload(decode=True)).decode(),
                }
                for part in mail.iter_attachments()
            ],
        }
        print(json.dumps(told), flush=True)
        return "250 Taken"


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    arguments.add_argument("--certificate")
    arguments.add_argument("--key")
    arguments.add_argument("--user")
    arguments.add_argument("--password")
    arguments.add_argument("--refuse", help="what every receiver is refused with, such as 550 No such user")
    wanted = arguments.parse_args()
    context = None
    if wanted.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(wanted.certificate, wanted.key)

    def authenticate(server, session, envelope, mechanism, data):
        right = (wanted.user, wanted.password) == (data.login.decode(), data.password.decode())
        return AuthResult(success=right, handled=True if right else False)

    loop = asyncio.get_running_loop()
    options = {"data_size_limit": 200_000_000, "loop": loop, "enable_SMTPUTF8": True}
    if wanted.user:
        # With implicit TLS the server does not know that there is any.
        required = wanted.tls == "starttls"
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": required}
    if wanted.tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    made = lambda: SMTP(Handler(wanted.refuse), **options)
    server = await loop.create_server(made, "127.0.0.1", 0, ssl=context if wanted.tls == "implicit" else None)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    # It ends when whoever has started it does.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
