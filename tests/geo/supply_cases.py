"""Supply networks for tests: one drawn by hand, and random ones."""

import numpy as np
import pandas as pd

ALLIES = frozenset({"AUS", "USA", "JPN"})


def toy():
    """Two mines (AUS, CHN), two plants (CHN cheap, JPN dear), one scrap yard (USA), two hubs."""
    sites = pd.DataFrame(
        [
            ("mine_aus", "mining", "AUS", 100.0, 1.0, True),
            ("mine_chn", "mining", "CHN", 100.0, 1.0, True),
            ("plant_chn", "refining", "CHN", 150.0, 0.5, False),
            ("plant_jpn", "refining", "JPN", 60.0, 0.5, False),
            ("scrap_usa", "refining", "USA", 5.0, 1.0, True),
        ],
        columns=["site_id", "stage", "country_iso3", "capacity_t_yr", "yield", "source"],
    ).set_index("site_id")
    rows = [
        ("mine_aus", "plant_chn", 20.0, 200.0, ("malacca",)),
        ("mine_aus", "plant_jpn", 25.0, 210.0, ()),
        ("mine_chn", "plant_chn", 5.0, 20.0, ()),
        ("mine_chn", "plant_jpn", 15.0, 90.0, ()),
        ("plant_chn", "USA", 40.0, 400.0, ("panama",)),
        ("plant_chn", "JPN", 12.0, 80.0, ()),
        ("plant_jpn", "USA", 60.0, 380.0, ("panama",)),
        ("plant_jpn", "JPN", 35.0, 10.0, ()),
        ("scrap_usa", "USA", 70.0, 30.0, ()),
    ]
    return sites, arcs_frame(rows, sites), demand_frame(USA=50.0, JPN=30.0)


def demand_frame(**tonnes):
    """Demand by hub."""
    return pd.DataFrame({"demand_t_yr": tonnes}).rename_axis("hub")


def arcs_frame(rows, sites):
    """Arcs from (from, to, cost, hours, chokepoints)."""
    frame = pd.DataFrame(rows, columns=["from_id", "to_id", "cost_usd_t", "time_h", "chokepoints"])
    frame["stage"] = sites["stage"].reindex(frame["from_id"]).to_numpy()
    country = sites["country_iso3"].to_dict()
    ends = zip(frame["from_id"], frame["to_id"], strict=True)
    frame["countries"] = [(country[start], country.get(end, end)) for start, end in ends]
    frame.index = pd.Index([f"{row[0]}>{row[1]}" for row in rows], name="arc_id")
    return frame


def random_case(seed, *, mines=4, plants=3, makers=2, hubs=2):
    """A three-stage network with random capacities, yields and costs."""
    draw = np.random.default_rng(seed)
    countries = np.array(["AUS", "CHN", "JPN", "USA", "COD"])
    names = [f"m{n}" for n in range(mines)] + [f"p{n}" for n in range(plants)] + [f"k{n}" for n in range(makers)]
    stages = ["mining"] * mines + ["refining"] * plants + ["alloy"] * makers
    sites = pd.DataFrame(
        {
            "stage": stages,
            "country_iso3": draw.choice(countries, len(names)),
            "capacity_t_yr": draw.integers(5, 60, len(names)).astype(float),
            "yield": draw.uniform(0.3, 1.0, len(names)),
            "source": [stage == "mining" for stage in stages],
        },
        index=pd.Index(names, name="site_id"),
    )
    hub_names = ["USA", "JPN", "EU", "KOR"][:hubs]
    after = {"mining": names[mines : mines + plants], "refining": names[mines + plants :], "alloy": hub_names}
    rows = [
        (name, end, float(draw.integers(1, 100)), float(draw.integers(1, 500)), _passage(draw))
        for name, stage in zip(names, stages, strict=True)
        for end in after[stage]
    ]
    demand = demand_frame(**{hub: float(draw.integers(5, 40)) for hub in hub_names})
    return sites, arcs_frame(rows, sites), demand


def _passage(draw):
    """Some arcs pass one of three chokepoints."""
    return tuple(name for name in ("malacca", "panama", "suez") if draw.random() < 0.25)


def effects_frame(rows):
    """Effects of rules from (arc, rule, effect, value, origin, origin stage)."""
    columns = ["arc_id", "rule_id", "effect", "value", "origin_iso3", "origin_stage"]
    return pd.DataFrame(rows, columns=columns)
