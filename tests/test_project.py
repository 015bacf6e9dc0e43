"""What holds for the project as a whole."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parent.parent
# Each may import those before it.
ORDER = ("clinic", "treatments", "appointments")
# The floors inside an app, the lowest first: a module imports from its own floor and from those below it.
FLOORS = {
    "clinic": (
        "operations.environment", "constraints", "append_only", "kept_addresses", "closed_accounts",
        "privacy", "characters", "languages", "pasted", "rich_text", "time", "http.types",
        "audit.entry", "pictures.formats", "models", "signed", "operations", "pictures", "http",
        "wordings", "feed", "guards", "handbook", "templatetags", "audit", "staff", "jobs", "audit.admin",
        "admin", "checks", "management", "apps", "settings", "urls", "wsgi",
    ),
    "treatments": (
        "models", "guards", "addresses", "due", "translations", "shown", "alarm", "publishing",
        "on_the_site", "composition", "structured_data", "content_loader", "templatetags", "admin", "views",
        "sitemaps", "urls", "management", "apps",
    ),
    "appointments": (
        "lifecycle", "references", "names", "phones", "emails", "roles", "models", "availability", "guards",
        "messages", "requests", "scheduling", "follow_up", "returned_mail", "texted_back", "patients",
        "staff", "worker", "monitoring", "demo", "management", "templatetags", "admin", "urls",
        "short_urls", "apps",
    ),
}  # fmt: skip
MOST_MODULES_IN_A_FOLDER = 15
# In lines, the signature and the docstring among them.
LONG_FUNCTION, MOST_LONG_FUNCTIONS, LONGEST_FUNCTION = 40, 9, 60
ALLOWED_AT_THE_TOP = {
    "clinic", "treatments", "appointments", "manage.py", "templates", "tests", "pyproject.toml",
    "README.md", "LICENSE", "Makefile", "requirements.lock", ".ci", "docs", "deploy", ".gitignore",
    "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".editorconfig", ".pre-commit-config.yaml",
    ".env.example",
}  # fmt: skip


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.django_db
def test_no_migration_is_pending() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", ORDER)
def test_imports_go_one_way(app: str) -> None:
    forbidden = set(ORDER[ORDER.index(app) + 1 :])
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for module in imports_of(path)
        if module.partition(".")[0] in forbidden
    ]
    # Settings and addresses name the other apps as strings, which is not an import.
    assert wrong == []


# Where the parts are put together: settings, and the addresses that include each app's own.
COMPOSITION = {"clinic/settings.py", "clinic/urls.py"}


def test_the_clinic_knows_the_other_apps_not_even_by_string() -> None:
    """Their health checks, figures, links, menu entries and audited models register themselves. What stands
    in docstrings, in words for people and in comments is no knowledge."""
    named = re.compile(r"\b(appointments|treatments)([._/]\w|$)|patientrequest|/(status|recall)/")
    found = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for path in (ROOT / "clinic").rglob("*.py")
        if "migrations" not in path.parts and str(path.relative_to(ROOT)) not in COMPOSITION
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and named.search(node.value)
    ]
    menu = (ROOT / "templates" / "admin" / "parts" / "navigation.html").read_text()
    assert found == []
    assert not named.search(menu)
    assert "appointments" not in menu
    assert "treatments" not in menu


def modules_of(app: str) -> dict[str, Path]:
    """The app's modules by their dotted name within it, migrations aside."""
    return {
        ".".join(path.relative_to(ROOT / app).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and path != ROOT / app / "__init__.py"
    }


def names_imported(path: Path) -> Iterator[str]:
    """Each imported name with its module: `from a.b import c` is 'a.b.c', which may be a module too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def module_of(name: str, modules: Iterable[str]) -> str:
    """The module in which an imported name lies, or that it is."""
    return name if name in modules else name.rpartition(".")[0]


def floor_of(app: str, module: str) -> int:
    """The number of the floor on which a module lies: that of the longest name that fits."""
    floors = [
        (len(name), number) for number, name in enumerate(FLOORS[app]) if f"{module}.".startswith(f"{name}.")
    ]
    assert floors, f"{app}.{module} lies on no floor"
    return max(floors)[1]


@pytest.mark.parametrize("app", ORDER)
def test_inside_an_app_imports_go_down_only(app: str) -> None:
    upward = [
        f"{app}.{module} imports {name}"
        for module, path in modules_of(app).items()
        for name in names_imported(path)
        if name.startswith(f"{app}.") and floor_of(app, name.removeprefix(f"{app}.")) > floor_of(app, module)
    ]
    assert upward == []


@pytest.mark.parametrize("app", ORDER)
def test_modules_import_each_other_in_no_circle(app: str) -> None:
    modules = modules_of(app)
    imports = {
        module: {
            other
            for name in names_imported(path)
            if name.startswith(f"{app}.")
            and (other := module_of(name.removeprefix(f"{app}."), modules)) != module
        }
        for module, path in modules.items()
    }
    # Whatever imports nothing that is left is taken away; in the end only circles are left.
    while free := [module for module, needed in imports.items() if not needed & imports.keys()]:
        for module in free:
            del imports[module]
    assert sorted(imports) == []


def test_no_folder_is_crowded() -> None:
    crowded = {
        str(folder.relative_to(ROOT)): number
        for app in ORDER
        for folder in {path.parent for path in modules_of(app).values()}
        if (number := len([each for each in folder.glob("*.py") if each.stem != "__init__"]))
        > MOST_MODULES_IN_A_FOLDER
    }
    assert crowded == {}


def test_few_functions_are_long_and_none_is_very_long() -> None:
    """What does one thing is mostly a dozen lines; a table of words or of arguments may take more."""
    lengths = {
        f"{app}.{module}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for app in ORDER
        for module, path in modules_of(app).items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    long = {name: lines for name, lines in lengths.items() if lines > LONG_FUNCTION}
    assert len(long) <= MOST_LONG_FUNCTIONS, long
    assert max(lengths.values()) <= LONGEST_FUNCTION, long


def test_no_module_is_called_by_a_name_that_says_nothing() -> None:
    vague = {"utils", "helpers", "services", "common", "misc"}
    assert [path for path in tracked_files() if vague & {*path.parts, path.stem}] == []


def test_only_the_agreed_names_stand_at_the_top() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert top <= ALLOWED_AT_THE_TOP, top - ALLOWED_AT_THE_TOP


def test_every_model_names_itself_in_words() -> None:
    nameless = [
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in ORDER
        and "__str__" not in {n for c in model.__mro__[:-2] for n in vars(c)}
    ]
    assert nameless == []


def test_the_locks_carry_hashes_and_no_registry_address() -> None:
    locks = [ROOT / "requirements.lock", *(ROOT / "deploy").glob("*.lock")]
    assert len(locks) == 3
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text
        assert "index-url" not in text
        for requirement in re.split(r"\n(?=\S)", text.strip()):
            if not requirement.startswith("#"):
                assert "--hash=sha256:" in requirement, requirement


def test_the_lock_holds_every_dependency() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = (ROOT / "requirements.lock").read_text().lower()
    wanted = [*stated["project"]["dependencies"], *stated["dependency-groups"]["dev"]]
    names = [re.split(r"[\[<>=]", each)[0].lower() for each in wanted]
    assert [name for name in names if f"\n{name}==" not in f"\n{lock}"] == []


def test_each_dependency_says_what_it_is_for() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    stated = [line for line in lines if re.match(r'    "[a-z][\w\-\[\],]*[<>=]', line)]
    assert len(stated) > 15
    assert [line for line in stated if "# " not in line] == []


def test_no_registry_is_named_anywhere() -> None:
    hosts = re.compile(
        "|".join(re.escape(host) for host in ("pypi" + ".org", "npmjs" + ".org", "python" + "hosted"))
    )
    found = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path.suffix not in {".mo", ".png"} and hosts.search(path.read_text(errors="replace"))
    ]
    assert found == []


def exempt(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from exempt(each.url_patterns, route)
        elif getattr(each.callback, "csrf_exempt", False):
            yield route


def test_only_browsers_and_mail_programs_post_without_a_token() -> None:
    """A browser's report changes nothing; a mail program's one click has the token of the link."""
    found = set(exempt(get_resolver().url_patterns))
    assert found == {"csp-report", "appointments/recall/<str:token>/stop/"}


PAPERS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_a_paper_names_only_files_that_exist(paper: Path) -> None:
    """In backticks: paths of modules, templates and folders from the root. In links: from the paper."""
    text = paper.read_text()
    is_path = re.compile(r"/.*\.\w+$|^\w+\.py$|/$")
    named = {each for each in re.findall(r"`([\w.][\w./-]*)`", text) if is_path.search(each)}
    linked = set(re.findall(r"\]\((?!\w+:|#)([^)#]+)", text))
    made_by_running = {each for each in named if each.startswith("var/")}
    gone = [each for each in named - made_by_running if not (ROOT / each).exists()]
    gone += [each for each in linked if not (paper.parent / each).exists()]
    assert gone == []


def test_every_variable_of_the_environment_is_in_the_readme_and_the_example() -> None:
    settings = (ROOT / "clinic" / "settings.py").read_text()
    reads = r'(?:env\.\w+|_required|_one_of|_at_least)[(,\d\s]+"([A-Z_]+)"'
    read = set(re.findall(reads, settings))
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert len(read) > 15
    assert explained == read
    example = re.findall(r"^(?:# )?([A-Z_]+?)(?:_FILE)?=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert read - {*example} == set()
