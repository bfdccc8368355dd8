"""`python -m webapp.demo.serve_provider PORT APP_ADDRESS CLIENT_ID`: the local provider as a process of its own.

The client secret is read from standard input, because arguments can be read by everybody on the machine.
"""

import sys

from werkzeug.serving import make_server

from webapp.demo.identity_provider import create_provider


def main(port: int, app_address: str, client_id: str, client_secret: str) -> None:
    app = create_provider(
        issuer=f"http://localhost:{port}/",
        client_id=client_id,
        client_secret=client_secret,
        redirect_uris=[f"{app_address}/callback"],
        logout_uris=[f"{app_address}/"],
    )
    make_server("localhost", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.stdin.readline().strip())
