"""The house rules that a reader cannot keep in mind: imports, sizes, paths, hosts, licences."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FLOORS = {"geo": 0, "layers": 1, "views": 2, "app": 2}
SCREENS = {"streamlit", "streamlit_folium"}
NOT_IN_GEO = SCREENS | {"folium", "branca", "plotly", "requests", "urllib", "socket", "http"}
OPENS_FILES = {
    "open",
    "read_csv",
    "read_parquet",
    "read_file",
    "read_excel",
    "read_text",
    "read_bytes",
    "to_csv",
}
OPENS_FILES |= {"to_parquet", "to_file", "write_text", "write_bytes", "urlopen", "load_graphml", "genfromtxt"}
MODULE_LINES, FUNCTION_LINES, FUNCTION_LINES_LIMIT = 300, 40, 60
# Licences that would bind whoever passes the app on; "Lesser" (LGPL) may be linked, GPL and AGPL may not.
COPYLEFT = re.compile(r"\bA?GPL|(?<!lesser )(?<!library )general public", re.IGNORECASE)
# Two packages carry no licence in their metadata: read by hand in their own repositories.
READ_BY_HAND = {"routingkit-cch": "BSD-2-Clause", "streamlit-folium": "MIT"}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|Users|root|work|tmp)/")
# Split so that this file does not hold what it looks for.
REGISTRY_HOSTS = re.compile("|".join(["py" + r"pi\.org", "pythonhosted" + r"\.org", "npm" + r"js\.(?:org|com)"]))
TEXT = {".py", ".md", ".toml", ".txt", ".lock", ".yaml", ".yml", ".cff", ".csv", ".js", ".css", ".html", ""}


def modules() -> list[Path]:
    """Every Python file of the product, tests and vendored files aside."""
    files = [
        ROOT / "app.py",
        *(path for floor in ("geo", "layers", "views") for path in ROOT.glob(f"{floor}/**/*.py")),
    ]
    return sorted(path for path in files if path.exists() and "vendor" not in path.parts)


def imported(tree: ast.AST) -> set[str]:
    """Top-level names that a module imports, wherever in the file the import stands."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in names}


def floor_of(path: Path) -> int:
    """How high in the house a module stands; the command line stands with the screens."""
    if path.name == "__main__.py":
        return FLOORS["app"]
    return FLOORS[path.relative_to(ROOT).parts[0].removesuffix(".py")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down_the_house(path):
    names = imported(ast.parse(path.read_text()))
    assert [name for name in names if FLOORS.get(name, -1) > floor_of(path)] == []
    if floor_of(path) == FLOORS["geo"]:
        assert names & NOT_IN_GEO == set()
    if path.is_relative_to(ROOT / "layers"):
        assert names & SCREENS == set()


@pytest.mark.parametrize("path", [path for path in modules() if floor_of(path) == 0], ids=name_of)
def test_geo_opens_no_file(path):
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    called = {call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls}
    assert called & OPENS_FILES == set()


def function_sizes(path: Path) -> dict[str, int]:
    """Lines of each function from `def` to its end, its docstring left out."""
    sizes = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node, clean=False) is not None
            docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            sizes[f"{name_of(path)}::{node.name}"] = (node.end_lineno or 0) - node.lineno + 1 - docstring
    return sizes


def test_modules_and_functions_stay_small(record_testsuite_property):
    lines = {name_of(path): len(path.read_text().splitlines()) for path in modules()}
    long_functions = {name: n for path in modules() for name, n in function_sizes(path).items() if n > FUNCTION_LINES}
    record_testsuite_property("functions over 40 lines", long_functions)
    assert {name: n for name, n in lines.items() if n > MODULE_LINES} == {}
    too_long = {name: n for name, n in long_functions.items() if n > FUNCTION_LINES_LIMIT}
    assert too_long == {}, f"all over {FUNCTION_LINES} lines: {long_functions}"


def tracked_text() -> list[Path]:
    """Every text file that git tracks; in an export without git, every file of the product."""
    git = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    paths = [ROOT / name for name in git.stdout.split("\0") if name] if git.returncode == 0 else modules()
    return [path for path in paths if path.suffix in TEXT and path.is_file() and "vendor" not in path.parts]


def test_no_machine_path_and_no_registry_host():
    breaches = []
    for path in tracked_text():
        text = path.read_text(encoding="utf-8", errors="replace")
        rules = [REGISTRY_HOSTS] if path == Path(__file__) else [REGISTRY_HOSTS, MACHINE_PATHS]
        breaches += [f"{name_of(path)}: {hit.group()}" for rule in rules if (hit := rule.search(text))]
    assert breaches == []


def needed_at_run_time() -> dict[str, importlib.metadata.Distribution]:
    """Every installed package that requirements.txt draws in, by canonical name."""
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    queue, found = [Requirement(line) for line in lines if line], {}
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[name] = importlib.metadata.distribution(name)
        queue += [Requirement(line) for line in found[name].requires or []]
    return found


def licence(package: importlib.metadata.Distribution) -> str:
    """The licence as the package states it: expression, else classifiers, else the free text's first line."""
    lines = package.metadata.get_all("Classifier") or []
    classifiers = [line for line in lines if line.startswith("License ::")]
    free_text = (package.metadata.get("License") or "").strip().split("\n")[0]
    by_hand = READ_BY_HAND.get(canonicalize_name(package.metadata["Name"]), "")
    return package.metadata.get("License-Expression") or "; ".join(classifiers) or free_text or by_hand


def test_no_gpl_at_run_time():
    licences = {name: licence(package) for name, package in needed_at_run_time().items()}
    assert [name for name, text in licences.items() if not text] == []
    assert {name: text for name, text in licences.items() if COPYLEFT.search(text)} == {}


def test_the_copyleft_rule_knows_gpl_from_lgpl():
    bound, free = ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v3"], ["LGPL-3.0-only", "MIT"]
    assert all(COPYLEFT.search(text) for text in bound)
    assert not any(COPYLEFT.search(text) for text in [*free, "GNU Lesser General Public License v3"])


def test_requirements_are_pinned_locked_and_explained():
    locked = (ROOT / "requirements.lock").read_text().lower().replace("_", "-")
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            requirement, reason = line.split("#", 1)
            assert re.fullmatch(r"[\w-]+==[\w.]+\s*", requirement)
            assert reason.strip()
            assert requirement.strip().lower() in locked


def names_in(requirements: str) -> set[str]:
    """Packages that a requirements file names itself."""
    lines = [line.split("#")[0].strip() for line in (ROOT / requirements).read_text().splitlines()]
    return {canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("-r")}


def test_what_is_imported_is_required():
    """Only the data build may lean on the development tools."""
    owners = importlib.metadata.packages_distributions()
    run_time = names_in("requirements.txt") | names_in("requirements-ensemble.txt")  # an extra, asked for by name
    breaches = []
    for path in modules():
        builds = path.is_relative_to(ROOT / "layers" / "build")
        required = run_time | names_in("requirements-dev.txt") if builds else run_time
        foreign = imported(ast.parse(path.read_text())) - sys.stdlib_module_names - set(FLOORS)
        named = {name: {canonicalize_name(owner) for owner in owners.get(name, [])} for name in foreign}
        breaches += [f"{name_of(path)}: {name}" for name, owner in named.items() if not owner & required]
    assert breaches == []


def test_warnings_are_errors():
    with pytest.raises(UserWarning, match="loud"):
        warnings.warn("loud", UserWarning, stacklevel=1)
