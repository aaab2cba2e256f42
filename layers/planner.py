"""
Puts the question together: the world's router with every facility and hub, and what each mineral's chain needs.

Both fronts, the app and the command line, ask here; neither reads a table or weighs an edge.
"""

import gc
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

import geopandas as gpd
import pandas as pd

from geo.corridors import Finder
from geo.distinct import port_clusters
from geo.errors import UnknownIdError
from geo.network import Kind, Network
from geo.questions import Question
from geo.router import Router
from geo.sites import with_sites
from layers import facilities as facility_layer
from layers import hubs as hub_layer
from layers import ports as port_layer
from layers.chokepoints import chokepoints
from layers.countries import polygons
from layers.feeds import feeds
from layers.groups import members
from layers.once import once
from layers.own import YOURS, Rows
from layers.parameters import rate
from layers.restricted import Ruled
from layers.trade import reference_prices
from layers.transport import network, rates
from layers.value_chains import chain

SITE_KINDS: Final = (Kind.RAIL, Kind.ROAD, Kind.PORT)
BULK, BOXED = "supramax", "container"
OWN_WORLDS_KEPT: Final = 3  # of the users who brought facilities last; see `world_with` for what one weighs


def hub_site(hub: str) -> str:
    """Name the site of a hub: no facility has such an id."""
    return f"hub:{hub}"


def hub_countries(hubs: gpd.GeoDataFrame) -> pd.Series:
    """
    Give the country that each hub's inland point lies in, so that its border counts and an exclusion holds there.

    A hub of one country lies in it; one of several lies where its point does.
    """
    inside = gpd.sjoin(hubs[["geometry"]], polygons()[["iso3", "geometry"]], predicate="within")["iso3"]
    inside = inside[~inside.index.duplicated()].reindex(hubs.index)
    return hubs["members"].map(lambda codes: codes[0]).where(hubs["members"].map(len) == 1, inside)


@dataclass(frozen=True, eq=False)
class World:
    """Every facility, port and hub joined to the network, with the tables that describe them; shared, never written."""

    facilities: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    ports: gpd.GeoDataFrame
    chokepoints: gpd.GeoDataFrame
    router: Router

    @cached_property
    def clusters(self) -> dict[str, str]:
        """Give the place of each port: the largest harbours lead."""
        size = self.ports["harbor_size"].map({"large": 0, "medium": 1, "small": 2}).fillna(3)
        ports = self.ports.assign(rank=size).sort_values(["gateway", "rank"], ascending=[False, True], kind="stable")
        return port_clusters(list(ports.index), ports["lon"].to_numpy(), ports["lat"].to_numpy())

    @cached_property
    def gateways(self) -> tuple[str, ...]:
        """Give the ports that alternatives may be sent through."""
        return tuple(self.ports.index[self.ports["gateway"].astype(bool)])


@once(1)
def world() -> World:
    """Load the world once: about 3 s and 500 MB."""
    facilities, hubs, ports, table = facility_layer.facilities(), hub_layer.hubs(), port_layer.ports(), chokepoints()
    sinks = hubs.assign(country_iso3=hub_countries(hubs)).rename(index=hub_site)
    bare, sites = network(), _sites(facilities)
    located = pd.concat([_located(sites, bare), _located(sinks, bare)]).rename_axis("site_id")
    names = pd.concat([ports["name"], sites["name"], hubs["inland_place"].rename(index=hub_site)])
    router = Router(with_sites(bare, located, kinds=SITE_KINDS), rates(), table, names.to_dict())
    gc.freeze()  # what is loaded stays: to look it over again costs the collector 0.2 s each time
    return World(facilities, hubs, ports, table, router)


def world_with(places: Rows | None) -> World:
    """
    Give the world with a user's facilities beside ours, for whoever holds those rows; without any, the world itself.

    The network, the ports and the hierarchy are shared; what is new is the sites and the weights on them.
    """
    return world() if places is None else _world_with(places)


def plants(mineral: str, places: Rows | None = None) -> dict[str, str]:
    """Name the facilities of a mineral, the user's own among them."""
    rows = facility_layer.of_mineral(world_with(places).facilities, mineral)
    return dict(zip(rows["facility_id"], rows["name"], strict=True))


@once(OWN_WORLDS_KEPT)
def _world_with(places: Rows) -> World:
    """Join a user's sites; their names say whose they are wherever they are shown."""
    ours = world()
    own = places.frame.assign(name=places.frame["name"] + YOURS)
    facilities = pd.concat([ours.facilities, own], ignore_index=True)
    sites = _located(_sites(own), ours.router.network)
    router = ours.router.joined(sites, kinds=SITE_KINDS, names=_sites(own)["name"].to_dict())
    return replace(ours, facilities=facilities, router=router)


def _sites(facilities: pd.DataFrame) -> pd.DataFrame:
    """Give each facility once, by its id."""
    return facilities.drop_duplicates("facility_id").set_index("facility_id")


def _located(sites: pd.DataFrame, bare: Network) -> pd.DataFrame:
    """Give `lon`, `lat` and the position of the country, as a network joins sites."""
    codes = {code: place for place, code in enumerate(bare.iso3)}
    country = sites["country_iso3"].map(codes).fillna(-1).astype(int)
    return sites[["lon", "lat"]].assign(country=country)


def stages_of(mineral: str, final_stage: str | None) -> pd.DataFrame:
    """
    Give the stages of a mineral up to the final product, with what a gross tonne of each product is worth.

    The worth is the reference price times the contained share: an upper bound for concentrates, whose buyers pay
    less than the metal's price. Dear products sail in containers, the rest in bulk.

    Returns
    -------
    stages
        The chain with `value_usd_t`, `value_truth` and `vessel`.
    """
    stages = chain(mineral, final_stage=final_stage)
    prices = reference_prices()
    own = prices[(prices["mineral"] == mineral) & prices["price_usd_t"].notna()]
    if own.empty:
        value = pd.Series(float(rate("inventory", "cargo_value_usd_t")["value"]), index=stages.index)
        return stages.assign(value_usd_t=value, value_truth="unknown", vessel=BULK)
    value = float(own["price_usd_t"].iloc[-1]) * stages["contained_fraction"]
    boxed = value > float(rate("sea", "container_above_usd_t")["value"])
    return stages.assign(value_usd_t=value, value_truth="estimated", vessel=boxed.map({True: BOXED, False: BULK}))


def question(
    mineral: str,
    hub: str,
    *,
    final_stage: str | None = None,
    alliance: str | None = None,
    places: Rows | None = None,
) -> Question:
    """
    Put a question: which facilities, ours and a user's own, could serve a hub with a mineral's final product.

    Raises
    ------
    UnknownIdError
        For a mineral, hub, final product or alliance that no table holds.
    """
    here = world_with(places)
    if hub not in here.hubs.index:
        msg = f"unknown hub {hub!r}; known: {', '.join(here.hubs.index)}"
        raise UnknownIdError(msg)
    stages = stages_of(mineral, final_stage or default_product(mineral))
    rows = facility_layer.of_mineral(here.facilities, mineral)
    rows = rows.drop(columns="stage").rename(columns={"chain_stage": "stage"})  # the chain's word, not the source's
    rows = rows[rows["stage"].isin(stages.index)]
    recycled = rows["kind"].eq("recycling") & rows["stage"].map(stages["recycling_joins"]).astype(bool)
    raw = rows["kind"].ne("recycling") & rows["stage"].map(stages["source_allowed"]).astype(bool)
    plants = rows.assign(source=recycled | raw).set_index("facility_id")
    allied = members(alliance) if alliance else frozenset()
    return Question(mineral, hub_site(hub), stages, plants, frozenset(allied), feeds(mineral))


@lru_cache(maxsize=64)
def default_product(mineral: str) -> str:
    """Choose the first final product of a chain: the refined material, before it goes into parts."""
    stages = chain(mineral)
    return str(stages.index[stages["final"].astype(bool)][0])


@once(12)
def finder(mineral: str, hub: str, final_stage: str | None = None, alliance: str | None = None) -> Finder:
    """Keep a finder a question: what one user traced, the next finds traced."""
    return _finder(mineral, hub, final_stage, alliance, None)


@once(OWN_WORLDS_KEPT)
def finder_with(mineral: str, hub: str, final_stage: str | None, alliance: str | None, places: Rows) -> Finder:
    """Keep a finder a question to which a user brought facilities: fewer, since each may hold a world of its own."""
    return _finder(mineral, hub, final_stage, alliance, places)


def _finder(mineral: str, hub: str, final_stage: str | None, alliance: str | None, places: Rows | None) -> Finder:
    here = world_with(places)
    asked = question(mineral, hub, final_stage=final_stage, alliance=alliance, places=places)
    ruled = Ruled(asked, tuple(here.hubs.loc[hub, "members"]))
    return Finder(here.router, asked, here.gateways, here.clusters, rules=ruled)
