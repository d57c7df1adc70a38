"""``python -m server`` is the command ``matchkeeper``."""

from server.cli.main import app

if __name__ == "__main__":
    app(prog_name="matchkeeper")
