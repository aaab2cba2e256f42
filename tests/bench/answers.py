"""Jobs (e) to (h): what a person waits for, beside what is the least it could take."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from tests.bench.process import Engine, Measured, interleaved
from tests.bench.report import Bar, Row, seconds

ASK = "(e) All corridors and scores of the largest mineral for one hub"
LOAD = "(f) First load: start of Python to ready"
ALLOCATE = "(g) Allocation, beside the bare HiGHS solve of the same model"
SINGLE = "(h) N-1: every component in use closed alone"
CLOSURES = ("suez", "malacca", "panama", "hormuz", "gibraltar", "taiwan")
UNSEEN = "bosporus"
FRAMES = {"first": "after a closure", "again": "after a rule"}
"""What has changed: the frames, which are checked and sorted anew; or a rule, and they are known."""
MOST_LOAD_MB, MOST_LOAD_S, MOST_ASK_S, LEAST_INSIDE = 1000, 5.0, 0.5, 0.7
SAME = 1e-6
CLOSED_ANEW = 8
HUB, OTHER_HUB = "USA", "JPN"
SINGLE_MINERALS = ("lithium", "nickel")


def run(rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Do the jobs in one process of the product."""
    load(rounds, rows, bars)
    with Engine("product:Product") as product:
        minerals = product.call("minerals").answer
        ask(product, minerals[0], 2 * rounds, rows, bars)
        allocate(product, minerals, rounds, rows, bars)
        for mineral in SINGLE_MINERALS:
            single(product, mineral, rounds, rows)


def load(rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Job (f): as often as there are rounds, each time a process of its own."""
    names = {"ours": ("product:Product",), "searoute (networkx)": ("peers:Searoute", "networkx", [[122, 31], [4, 52]])}
    made: dict[str, Measured] = {name: Measured() for name in names}
    for number in range(rounds + 1):
        for name, given in names.items():
            with ExitStack() as stack:
                built = stack.enter_context(Engine(*given)).built
            held = made[name]
            held.seconds += built.seconds if number else []  # the first compiles the modules, once an installation
            held.peak_mb = max(held.peak_mb, built.peak_mb)
    ours = made["ours"]
    rows.append(Row(LOAD, "ours: tables, network, hierarchy, 1,493 sites", ours))
    rows.append(Row(LOAD, "searoute (networkx): lanes alone", made["searoute (networkx)"], ours))
    fast, why = ours.typical_s < MOST_LOAD_S, ""
    if not fast:
        with Engine("profiling:Loading") as loading:
            why = loading.call("profile").answer
    bars.append(Bar("(f)", f"under {MOST_LOAD_S:.0f} s", seconds(ours.typical_s), fast, why))
    bars.append(Bar("(f)", "memory under 1 GB", f"{ours.peak_mb:,.0f} MB", ours.peak_mb < MOST_LOAD_MB))


def ask(product: Engine, mineral: str, rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Job (e): the first question, then a closure not asked before in each round, and other weights in between."""
    first = product.call("ask", mineral)
    product.call("get_ready", mineral)  # as the app does
    elsewhere = product.call("ask", mineral, "", OTHER_HUB)
    closed, weighed = Measured(), Measured()
    for place, chokepoint in enumerate(CLOSURES[:rounds]):
        for kept, given in ((closed, (chokepoint,)), (weighed, (chokepoint, HUB, float(place + 2)))):
            once = product.call("ask", mineral, *given)
            kept.seconds += once.seconds
            kept.peak_mb, kept.answer = max(kept.peak_mb, once.peak_mb), once.answer
    told = f"{first.answer.get('base', 0)} corridors"
    rows.append(Row(ASK, f"ours: {mineral}, first question", first, answers=told))
    rows.append(Row(ASK, f"ours: {OTHER_HUB}, whose cargoes were weighed before", elsewhere))
    both = ", ".join(f"{count} {case}" for case, count in closed.answer.items())
    rows.append(Row(ASK, "ours: one closure not asked before", closed, answers=both))
    rows.append(Row(ASK, "ours: other weights", weighed))
    for name, each in (("first question", first), ("closure", closed)):
        held = each.typical_s < MOST_ASK_S
        why = "" if held else f"{name}: {_why(product, name, mineral)}"
        bars.append(Bar("(e)", f"{name} under {MOST_ASK_S} s", seconds(each.typical_s), held, why))


def _why(product: Engine, name: str, mineral: str) -> str:
    """Profile a closure where others were answered, or a first question in a process that has answered none."""
    if name == "closure":
        return str(product.call("profile", "ask", mineral, UNSEEN).answer)
    with Engine("product:Product") as fresh:
        return str(fresh.call("profile", "ask", mineral).answer)


def allocate(product: Engine, minerals: Sequence[str], rounds: int, rows: list[Row], bars: list[Bar]) -> None:
    """Job (g): the arcs are priced before, for both."""
    for mineral in minerals:
        product.call("frames", mineral)
    for label, names in ((minerals[0], minerals[:1]), ("all minerals", minerals)):
        parts = {name: Measured() for name in ("first", "first_inside", "again", "again_inside", "bare")}
        apart = 0.0
        for _ in range(rounds):
            found = [product.call("allocation", name) for name in names]
            for name, kept in parts.items():
                kept.seconds.append(sum(each.answer[name] for each in found))
                kept.peak_mb = max(each.peak_mb for each in found)
            apart = max(apart, *(each.answer["apart"] for each in found))
        columns = sum(each.answer["columns"] for each in found)
        for name, words in FRAMES.items():
            share = parts[f"{name}_inside"].typical_s / parts[name].typical_s
            told = f"{columns:,} columns; {share:.0%} inside HiGHS"
            rows.append(Row(ALLOCATE, f"ours: {label}, {words}", parts[name], answers=told))
            held = share >= LEAST_INSIDE
            why = f"{label}, {words}: HiGHS needs {seconds(parts[f'{name}_inside'].typical_s)}"
            why += "" if held else f"; {product.call('profile_allocations', list(names), name).answer}"
            asked = f"{label}, {words}: {LEAST_INSIDE:.0%} of the time inside HiGHS"
            bars.append(Bar("(g)", asked, f"{share:.0%}", held, "" if held else why))
        told = f"same optimum ({apart:.0e})" if apart < SAME else f"**{apart:.1e} apart**"
        rows.append(Row(ALLOCATE, f"HiGHS alone: {label}", parts["bare"], parts["again"], told))


def single(product: Engine, mineral: str, rounds: int, rows: list[Row]) -> None:
    """Job (h)."""
    product.call("frames", mineral)
    count = product.call("parts_of", mineral, CLOSED_ANEW).answer
    found = interleaved({"ours": lambda: product.call("one_by_one"), "anew": lambda: _anew(product)}, rounds)
    ours, anew = found["ours"], found["anew"]
    label = f"{mineral}, {count} components"
    rows.append(Row(SINGLE, f"ours: {label}", ours))
    if anew.fault:
        rows.append(Row(SINGLE, f"each model anew: {label}", anew))
        return
    scale = max(abs(value) for value in ours.answer.values()) or 1.0
    apart = max(abs(ours.answer[name] - value) / scale for name, value in anew.answer.items())
    told = f"all {len(anew.answer)} equal ({apart:.0e})" if apart < SAME else f"**{apart:.1e} apart**"
    rows.append(Row(SINGLE, f"each model anew: {label}", anew, ours, told))


def _anew(product: Engine) -> Measured:
    once = product.call("anew")
    return replace(once, share=once.answer[0], answer=once.answer[1])
