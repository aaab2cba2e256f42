"""Lists every id that the fronts take, read from the tables, so that help never goes stale."""

import textwrap

from layers.catalog import read_table


def ids_text() -> str:
    """Write the ids by kind, wrapped for a terminal."""
    chokepoints = read_table("chokepoints")
    normally = chokepoints["default_open"].astype(bool)
    kinds = {
        "chokepoints": chokepoints.loc[normally, "chokepoint_id"],
        "passages closed unless opened": chokepoints.loc[~normally, "chokepoint_id"],
        "minerals": read_table("minerals")["mineral"],
        "hubs": read_table("hubs")["hub"],
        "alliances": read_table("groups")["group"].drop_duplicates(),
        "presets": read_table("presets")["preset"],
        "vessels": read_table("vessel_classes")["vessel"],
    }
    lines = [textwrap.fill(f"{kind}: {', '.join(ids)}", 100, subsequent_indent="  ") for kind, ids in kinds.items()]
    products = read_table("value_chains").query("final")
    named = ", ".join(
        f"{mineral}: {'|'.join(rows['stage'])}" for mineral, rows in products.groupby("mineral", sort=False)
    )
    return "\n".join(
        [*lines, textwrap.fill(f"products: {named}", 100, subsequent_indent="  "), "modes: sea, rail, road"]
    )
