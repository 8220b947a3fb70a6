"""`python -m tests.contracts.record help` writes down the help texts anew; `all` everything.

`help` is for changed wording. `all` is for a contract that changes on purpose: read the diff, say why in CHANGELOG.md.
"""

import sys
import tempfile
from pathlib import Path

from tests.contracts import command_line, exit_codes, golden, life, observed, old_home


def main() -> None:
    match sys.argv[1:]:
        case ["help"]:
            record_help()
        case ["all"]:
            record_help()
            with tempfile.TemporaryDirectory() as folder:
                record_all(Path(folder))
        case _:
            sys.exit(__doc__)


def record_help() -> None:
    golden.write("help.txt", as_text(command_line.help_texts()))


def as_text(help_texts: dict[str, str]) -> str:
    return "\n\n".join(f"$ {command} --help\n{text}" for command, text in help_texts.items()) + "\n"


def record_all(folder: Path) -> None:
    home = old_home.unpacked(folder / "read")
    answers = old_home.answers(home)
    golden.write("commands.json", command_line.tree())
    golden.write("environment.json", {"settings": observed.settings(), "other": observed.other_names()})
    golden.write("answers.json", old_home.settled({key: each for key, each in answers.items() if key != "engines"}))
    for name, text in old_home.exports(home).items():
        golden.write(f"exports/{name}", text)
    golden.write(
        "database.json",
        {"migration": observed.migration(home), "tables": observed.schema(home), "states": observed.states(home)},
    )
    lived = life.lived(old_home.unpacked(folder / "lived"), folder / "files")
    golden.write("json_keys.json", life.json_keys(answers, lived))
    golden.write("life.json", life.settled(lived))
    golden.write("exit_codes.json", exit_codes.codes(old_home.unpacked(folder / "codes"), folder))


if __name__ == "__main__":
    main()
