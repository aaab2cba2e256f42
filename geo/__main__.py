"""`python -m geo`: the command line. It reads arguments, asks `layers`, and prints; it computes nothing."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, cast

from geo.errors import BadInputError, CorridorError
from geo.scenarios import ALL_MODES, EVERY_LICENCE, Scenario
from layers.ensemble_command import add_command as add_ensemble
from layers.flow_commands import add_commands, day

VESSELS = ("handysize", "supramax", "panamax", "capesize", "container")
BAD_INPUT = 2
_BROUGHT = {
    "facilities": "your own mines and plants, beside ours: CSV, GeoJSON, GeoPackage, zipped Shapefile, Parquet, Excel",
    "demand": "your own demand, in place of the published figures",
    "closure": "areas that nothing passes",
}
_NUMBER_FIRST = re.compile(r"^-\.?\d[^=]*,")


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, and whose help lists every id."""

    def format_help(self) -> str:
        """Add the ids; they are read only when someone asks."""
        return f"{super().format_help()}\n{_ids_text()}\n"

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with 2."""
        sys.stderr.write(_one_line(f"{self.prog}: {message}"))
        raise SystemExit(BAD_INPUT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when answered, stranded included, 1 for a pack that differs, 2 for bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # a leading minus before `lon,lat` is a number: a space in front keeps argparse from reading an option
    chosen = parser().parse_args([f" {word}" if _NUMBER_FIRST.match(word) else word for word in given])
    try:
        return int(chosen.run(chosen))
    except CorridorError as error:
        sys.stderr.write(_one_line(f"python -m geo {chosen.command}: {error}"))
    except BrokenPipeError:  # the reader has seen enough
        sys.stderr.close()
        return 0
    except FileExistsError as error:  # `mkdir` on the way to `--out`
        sys.stderr.write(_one_line(f"python -m geo {chosen.command}: {error.filename} is a file, not a folder"))
    except OSError as error:
        said = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        sys.stderr.write(_one_line(f"python -m geo {chosen.command}: {said}"))
    return BAD_INPUT


def parser() -> Parser:
    """Lay out the commands."""
    top = Parser(
        prog="python -m geo",
        description="Supply corridors of critical minerals.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    one = commands.add_parser("route", help="one route between two places, as JSON")
    one.add_argument("origin", metavar="FROM", help="a facility id, a UN/LOCODE, or lon,lat")
    one.add_argument("destination", metavar="TO", help="the same")
    one.add_argument("--by", choices=["cost", "time", "distance", "co2e"], default="cost", help="what to make least")
    one.add_argument("--mineral", metavar="M", help="what is carried, so that trade rules can act")
    one.add_argument("--geometry", action="store_true", help="add the line as GeoJSON")
    last_mile = one.add_mutually_exclusive_group()
    last_mile.add_argument("--roads", type=Path, metavar="FILE", help="roads for the last mile: OSM XML, GraphML, PBF")
    last_mile.add_argument("--download-roads", action="store_true", help="ask Overpass for them, over the internet")
    one.set_defaults(run=_route)
    many = commands.add_parser("corridors", help="corridors from mine to market, as files")
    many.add_argument("--mineral", required=True)
    many.add_argument("--to", required=True, dest="hub", metavar="HUB")
    many.add_argument("--product", metavar="STAGE", help="the final product, by its stage")
    many.add_argument("--alliance", metavar="GROUP|ISO3,...", help="whose members count as allied")
    many.add_argument(
        "--top",
        type=_positive,
        default=10,
        metavar="N",
        help="the best of each case to write, beside those hurt most (default 10)",
    )
    for kind, told in _BROUGHT.items():
        many.add_argument(f"--{kind}", type=Path, metavar="FILE", help=told)
    many.add_argument("--out", type=Path, metavar="DIR", help="a folder for the files")
    many.add_argument("--pack", type=Path, metavar="FILE.zip", help="an evidence pack, which `verify` can check")
    many.set_defaults(run=_corridors)
    check = commands.add_parser("verify", help="make an evidence pack again and name what differs")
    check.add_argument("pack", type=Path, metavar="PACK")
    check.set_defaults(run=_verify)
    whole = commands.add_parser("network", help="the network, or the part in a box, in OSMnx's conventions")
    whole.add_argument("--bbox", metavar="W,S,E,N", help="degrees; W above E crosses the antimeridian (default: world)")
    whole.add_argument("--modes", type=_modes, default=ALL_MODES, metavar="sea,rail,road", help="modes (default: all)")
    whole.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="GeoPackage (.gpkg) or GraphML (.graphml)"
    )
    whole.set_defaults(run=_network)
    for ruled in (one, many):
        ruled.add_argument(
            "--date", type=day, metavar="YYYY-MM-DD", help="the day whose trade rules hold (default: none)"
        )
    for command in (one, many, *add_commands(commands, _scenario), add_ensemble(commands, _scenario)):
        _add_scenario(command)
    return top


class _Union(argparse.Action):
    """Takes a flag that is given twice as one longer list: a closure must not undo the one before it."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, _: str | None = None
    ) -> None:
        """Add what was given to what is there."""
        del parser
        held = getattr(namespace, self.dest) or frozenset()
        setattr(namespace, self.dest, held | cast("frozenset[str]", values))


def _add_scenario(command: argparse.ArgumentParser) -> None:
    """Add what can go wrong."""
    for flag, metavar, told in (
        ("--close", "ID,...", "chokepoints to close"),
        ("--open", "ID,...", "closed passages to open"),
        ("--avoid", "ISO3,...", "countries to stay out of"),
    ):
        command.add_argument(flag, action=_Union, type=_words, default=frozenset(), metavar=metavar, help=told)
    command.add_argument(
        "--vessel",
        choices=VESSELS,
        help="class of ship (default: corridors by the worth of the cargo, route a supramax)",
    )
    command.add_argument(
        "--modes", action=_Union, type=_modes, metavar="sea,rail,road", help="modes allowed (default: all)"
    )
    command.add_argument("--planned", action="store_true", help="count what is planned or being built")
    command.add_argument(
        "--licences",
        type=_licences,
        metavar="granted|refused|RULE=WORD,...",
        help="what becomes of export licences from --date on: all granted (default), all refused, or by rule",
    )
    command.add_argument(
        "--scenario", metavar="FILE|PRESET", help="a scenario in JSON or YAML, or presets by name joined by +"
    )


def _one_line(text: str) -> str:
    """Keep what is wrong to one line, whatever was typed."""
    return f"{' '.join(text.split())}\n"


def _words(text: str) -> frozenset[str]:
    """Split a comma-list; one that names nothing is refused: it would pass for the base case."""
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    if not words:
        msg = "the list names nothing"
        raise argparse.ArgumentTypeError(msg)
    return words


def _modes(text: str) -> frozenset[str]:
    """Read modes; an unknown one is refused."""
    modes = _words(text)
    if modes - ALL_MODES:
        msg = f"{', '.join(sorted(modes - ALL_MODES))} is not among sea, rail, road"
        raise argparse.ArgumentTypeError(msg)
    return modes


def _licences(text: str) -> frozenset[tuple[str, str]]:
    """Read one word for all licences, words for rules, or both, as `refused,CHN-01-gallium=granted`."""
    said: list[tuple[str, str]] = []
    for item in sorted(_words(text)):
        rule, _, word = item.rpartition("=")
        said.append((rule or EVERY_LICENCE, word))
    try:
        return Scenario.model_validate({"licences": frozenset(said)}).licences
    except ValueError:
        msg = f"{text}: give granted or refused, once for all or once a rule, as refused,CHN-01-gallium=granted"
        raise argparse.ArgumentTypeError(msg) from None


def _positive(text: str) -> int:
    """Read a whole number above zero."""
    if not (text.isascii() and text.isdigit() and int(text)):
        msg = f"{text} is not a whole number above zero"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _scenario(chosen: argparse.Namespace) -> Scenario:
    """Join a scenario file and the options."""
    from layers.presets import scenario_from  # noqa: PLC0415

    scenario = scenario_from(chosen.scenario) if chosen.scenario else Scenario()
    changes = {
        "close": scenario.close | {item.lower() for item in chosen.close},
        "reopen": scenario.reopen | {item.lower() for item in chosen.open},
        "avoid": scenario.avoid | {item.upper() for item in chosen.avoid},
        "planned": scenario.planned or chosen.planned,
        "vessel": chosen.vessel or scenario.vessel,
        "modes": chosen.modes or scenario.modes,
        "alliance": getattr(chosen, "alliance", None) or scenario.alliance,
        "as_of": getattr(chosen, "date", None) or scenario.as_of,
        "licences": scenario.licences if chosen.licences is None else chosen.licences,
    }
    return scenario.model_copy(update=changes)


def _route(chosen: argparse.Namespace) -> int:
    """Print one route as JSON."""
    from layers.routes import route  # noqa: PLC0415 - the world's tables load only when a command needs them

    scenario, roads = _scenario(chosen), None
    if chosen.roads or chosen.download_roads:
        from layers.access import roads_from_overpass, roads_in_file  # noqa: PLC0415 - OSMnx takes a second to load

        roads = roads_in_file(chosen.roads) if chosen.roads else roads_from_overpass
    ends = (chosen.origin, chosen.destination)
    found = route(*ends, scenario, objective=chosen.by, geometry=chosen.geometry, roads=roads)
    if chosen.mineral:
        from layers.route_rules import ruled  # noqa: PLC0415

        found = ruled(found, chosen.mineral, scenario)
    elif scenario.restrictions or scenario.as_of:
        sys.stderr.write("rules bind a mineral: name it with --mineral, else none acts on this route\n")
    print(json.dumps(found, indent=2, allow_nan=False, ensure_ascii=False))
    return 0


def _network(chosen: argparse.Namespace) -> int:
    """Write the network to a file."""
    from layers.network_export import export_network, read_box  # noqa: PLC0415
    from layers.transport import network  # noqa: PLC0415

    box = None if chosen.bbox is None else read_box(chosen.bbox)
    nodes, edges = export_network(network(), chosen.out, box=box, modes=chosen.modes)
    print(f"{chosen.out}: {nodes:,} nodes, {edges:,} directed edges")
    return 0


def _corridors(chosen: argparse.Namespace) -> int:
    """Write the corridors of a question to files."""
    from layers.answer import Ask, answer  # noqa: PLC0415
    from layers.evidence import pack  # noqa: PLC0415
    from layers.outputs import write_answer  # noqa: PLC0415
    from layers.own import read_files  # noqa: PLC0415
    from layers.routes import check_scenario  # noqa: PLC0415
    from layers.writing import write_atomic  # noqa: PLC0415

    if not chosen.out and not chosen.pack:
        msg = "say where to: --out DIR, --pack FILE.zip, or both"
        raise BadInputError(msg)
    own, areas = read_files({kind: getattr(chosen, kind) for kind in _BROUGHT}, told=sys.stderr.write)
    asked = _scenario(chosen)
    scenario = check_scenario(asked.model_copy(update={"areas": asked.areas | areas}), own_ids=own.facility_ids)
    found = answer(Ask(chosen.mineral, chosen.hub, chosen.product, own), scenario)
    written = write_answer(found, chosen.out, most=chosen.top) if chosen.out else []
    if chosen.pack:
        written.append(write_atomic(chosen.pack, pack(found, most=chosen.top)))
    for path in written:
        print(path)
    for sentence in found.findings:
        sys.stderr.write(f"{sentence}\n")
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    """Print what differs between a pack and its question asked again; 0 where nothing does, 1 otherwise."""
    from layers.evidence import verify  # noqa: PLC0415

    differences = verify(chosen.pack)
    print("\n".join(differences) or f"{chosen.pack.name} holds: the same question gives the same bytes")
    return int(bool(differences))


def _ids_text() -> str:
    """List every id, from the tables."""
    from layers.identifiers import ids_text  # noqa: PLC0415

    return ids_text()


if __name__ == "__main__":
    sys.exit(main())
