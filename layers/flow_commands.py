"""`allocate`, `stress` and `stockpile` on the command line: arguments, and what each asks of the layers."""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from geo.errors import BadInputError
from geo.plant_inputs import BOUNDS
from geo.scenarios import Scenario

FIRST = "rare_earths,lithium,cobalt,nickel,graphite,gallium,germanium,antimony"
PROJECT_VAULT_USD = 12e9


def add_commands(
    commands: Any, read_scenario: Callable[[argparse.Namespace], Scenario]
) -> list[argparse.ArgumentParser]:
    """
    Add the three commands.

    Parameters
    ----------
    commands
        The sub-parsers of `python -m geo`.
    read_scenario
        Joins file or preset and options.

    Returns
    -------
    parsers
        The new commands, for the options on what can go wrong.
    """
    share = commands.add_parser("allocate", help="who gets what: tonnes by way, unmet need, prices, as files")
    share.add_argument("--mineral", required=True, type=_list, metavar="M[,M...]")
    share.add_argument("--to", dest="hubs", type=_list, metavar="HUB,...", help="hubs that compete (default: seven)")
    share.add_argument("--product", metavar="STAGE", help="the final product, by its stage (one mineral)")
    share.add_argument("--group", metavar="NAME|ISO3,...", help="the club: msp+eu, quad+KOR-IND, or countries")
    share.add_argument(
        "--allied-share", type=_share, metavar="0..1", help="least share of the club's need from the club"
    )
    share.add_argument("--crma", action="store_true", help="at most 65 %% of the EU's need from one third country")
    share.add_argument("--unknown-capacity", type=_tonnes, metavar="T", help="t/yr for facilities without a capacity")
    share.add_argument(
        "--inputs", choices=BOUNDS, default="stated", help="what plants lose of sulphur and power: stated, or a bound"
    )
    share.set_defaults(run=lambda chosen: _allocate(chosen, read_scenario(chosen)))
    shock = commands.add_parser("stress", help="what hurts most: closures one by one, in pairs, at worst")
    shock.add_argument("--mineral", required=True, metavar="M")
    shock.add_argument("--to", dest="hub", required=True, metavar="HUB")
    shock.add_argument("--product", metavar="STAGE", help="the final product, by its stage")
    shock.add_argument("--k", type=int, choices=(1, 2, 3, 4), default=1, help="how many at once (default 1)")
    shock.add_argument(
        "--weigh",
        choices=("plausible", "equal"),
        default="plausible",
        help="the worst few among the plausible, or all as equal",
    )
    shock.set_defaults(run=lambda chosen: _stress(chosen, read_scenario(chosen)))
    store = commands.add_parser("stockpile", help="weeks of cover, and what to buy with a budget")
    store.add_argument("--budget-usd", type=_tonnes, default=PROJECT_VAULT_USD, metavar="USD")
    store.add_argument("--minerals", type=_list, default=_list(FIRST), metavar="M[,M...]")
    store.add_argument("--for", dest="buyer", default="USA", metavar="HUB|GROUP", help="who buys (default USA)")
    store.add_argument("--stock-days", type=_days, metavar="N", help="days of demand held already")
    store.add_argument(
        "--scenario-chance",
        type=_share,
        metavar="0..1",
        help="how likely your scenario is in a year, beside the presets (default: its preset's, else 0.1)",
    )
    store.add_argument(
        "--reserve",
        action="append",
        default=[],
        metavar="FIRM,MINERAL,TONNES[,need=T_YR][,priority=N][,hub=HUB]",
        help="tonnes that a firm reserves of the stock; may be given several times",
    )
    store.set_defaults(run=lambda chosen: _stockpile(chosen, read_scenario(chosen)))
    for command in (share, shock, store):
        command.add_argument(
            "--date", type=day, metavar="YYYY-MM-DD", help="the day whose trade rules hold (default: none)"
        )
        command.add_argument("--out", type=Path, required=True, metavar="DIR")
    return [share, shock, store]


def _list(text: str) -> tuple[str, ...]:
    """Split a comma-list, each once, in order."""
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        msg = "the list names nothing"
        raise argparse.ArgumentTypeError(msg)
    return words


def _number(text: str, *, most: float = float("inf")) -> float:
    """Read a number from 0 to `most`."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most or value == float("inf"):
        msg = f"{text} is not a number from 0{'' if most == float('inf') else f' to {most:g}'}"
        raise argparse.ArgumentTypeError(msg)
    return value


def _tonnes(text: str) -> float:
    return _number(text)


def _days(text: str) -> float:
    return _number(text)


def _share(text: str) -> float:
    return _number(text, most=1.0)


def day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text} is not a day, YYYY-MM-DD"
        raise argparse.ArgumentTypeError(msg) from None


def _checked(chosen: argparse.Namespace, scenario: Scenario) -> Scenario:
    """Put the day into the scenario and refuse ids that no table holds."""
    from layers.routes import check_scenario  # noqa: PLC0415 - tables load only when a command runs

    return check_scenario(scenario.model_copy(update={"as_of": chosen.date or scenario.as_of}))


def _tell(paths: list[Path], findings: list[str]) -> int:
    """Name the files on standard output, the findings on standard error."""
    from layers.names import named  # noqa: PLC0415 - tables load only when a command runs

    sys.stdout.write("".join(f"{path}\n" for path in paths))
    sys.stderr.write("".join(f"{named(line)}\n" for line in findings))
    return 0


def _allocate(chosen: argparse.Namespace, scenario: Scenario) -> int:
    """Write the allocation of some minerals."""
    from layers.flow_outputs import write_flows  # noqa: PLC0415
    from layers.flows import Wants, allocate_case  # noqa: PLC0415
    from layers.supply import DEFAULT_HUBS  # noqa: PLC0415

    if chosen.product and len(chosen.mineral) > 1:
        msg = "--product names the stage of one mineral"
        raise BadInputError(msg)
    if chosen.allied_share is not None and not chosen.group:
        msg = "--allied-share needs --group"
        raise BadInputError(msg)
    asked = _checked(chosen, scenario)
    found = [
        allocate_case(
            Wants(
                mineral,
                hubs=chosen.hubs or DEFAULT_HUBS,
                final_stage=chosen.product,
                group=chosen.group or scenario.alliance,
                unknown_capacity_t_yr=chosen.unknown_capacity,
                allied_share=chosen.allied_share,
                crma_cap=chosen.crma,
                inputs_at=chosen.inputs,
            ),
            asked,
        )
        for mineral in chosen.mineral
    ]
    told = [f"{one.wants.mineral}: {line}" for one in found for line in one.findings]
    return _tell(write_flows(found, chosen.out), told)


def _stress(chosen: argparse.Namespace, scenario: Scenario) -> int:
    """Write the tables of closures."""
    from layers.flow_outputs import write_stress  # noqa: PLC0415
    from layers.flows import Wants  # noqa: PLC0415
    from layers.stress import stress  # noqa: PLC0415
    from layers.supply import DEFAULT_HUBS  # noqa: PLC0415

    hubs = tuple(dict.fromkeys((chosen.hub, *DEFAULT_HUBS)))
    asked = _checked(chosen, scenario)
    found = stress(
        Wants(chosen.mineral, hubs=hubs, final_stage=chosen.product),
        asked,
        k=chosen.k,
        weigh=chosen.weigh,
        focus=chosen.hub,
        progress=_progress,
    )
    return _tell(write_stress(found, asked, chosen.out), list(found.findings))


def _progress(done: int, count: int) -> bool:
    """Show how far it is, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done}/{count}{'' if done < count else chr(10)}")
    return True


def _stockpile(chosen: argparse.Namespace, scenario: Scenario) -> int:
    """Write cover and purchase plan."""
    from layers.flow_outputs import write_stockpile  # noqa: PLC0415
    from layers.purchase import Supposed, buyers, buying  # noqa: PLC0415
    from layers.reserve import read_claim, reserve  # noqa: PLC0415
    from layers.stockpile import cover  # noqa: PLC0415
    from layers.supply import DEFAULT_HUBS  # noqa: PLC0415

    asked = _checked(chosen, scenario)
    if chosen.scenario_chance is not None and asked.is_base:
        msg = "--scenario-chance needs a scenario in which something goes wrong"
        raise BadInputError(msg)
    claims = [read_claim(text, hub=chosen.buyer) for text in chosen.reserve]
    plan = buying(
        chosen.minerals,
        budget_usd=chosen.budget_usd,
        buyer=chosen.buyer,
        supposed=Supposed(asked, chosen.scenario_chance),
        stock_days=chosen.stock_days or 0.0,
    )
    hubs = tuple(dict.fromkeys((*DEFAULT_HUBS, *buyers(chosen.buyer))))
    lasting = cover(chosen.minerals, asked, hubs=hubs, stock_days=chosen.stock_days)
    held = reserve(claims, lasting, plan, buyer=chosen.buyer) if claims else None
    told = [*plan.findings, *lasting.findings, *(held.findings if held else ())]
    return _tell(write_stockpile(plan, lasting, asked, chosen.out, held), told)
