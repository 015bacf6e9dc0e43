"""Draws which room imports from which into docs/architecture.md; `make architecture` runs it.

A room is a floor of tests/test_project.py, a folder or a module. An arrow is left out where others lead the
same way, so that what is drawn is the order in which the rooms can be read.
"""

from collections.abc import Iterable, Mapping

from tests.test_project import FLOORS, ORDER, ROOT, floor_of, modules_of, names_imported

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by `make architecture` -->\n", "<!-- end of the drawing -->\n"
# What joins the rooms to Django, and so imports from most of them.
WIRING = {
    "apps",
    "checks",
    "settings",
    "urls",
    "short_urls",
    "machine_urls",
    "wsgi",
    "management",
    "templatetags",
}

Graph = Mapping[str, set[str]]


def imports_of_rooms(app: str) -> dict[str, set[str]]:
    """For each room of the app the others that its modules import from."""
    found: dict[str, set[str]] = {}
    for module, path in modules_of(app).items():
        own = (name.removeprefix(f"{app}.") for name in names_imported(path) if name.startswith(f"{app}."))
        found.setdefault(room_of(app, module), set()).update(room_of(app, name) for name in own)
    rooms = [room for room in FLOORS[app] if room in found.keys() - WIRING]
    return {room: found[room] & {*rooms} - {room} for room in rooms}


def room_of(app: str, module: str) -> str:
    return FLOORS[app][floor_of(app, module)]


def imports_of_apps() -> dict[str, set[str]]:
    """For each app the others that it imports from."""
    return {
        app: {
            other
            for path in modules_of(app).values()
            for name in names_imported(path)
            if (other := name.partition(".")[0]) in ORDER and other != app
        }
        for app in ORDER
    }


def without_detours(graph: Graph) -> dict[str, set[str]]:
    """The same without each arrow for which others lead the way round."""
    return {
        room: {
            each
            for each in needed
            if not any(each in below(graph, other) for other in needed if other != each)
        }
        for room, needed in graph.items()
    }


def below(graph: Graph, room: str) -> set[str]:
    """All that a room imports from, at whatever distance."""
    found: set[str] = set()
    waiting = [room]
    while waiting:
        for each in graph[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def drawing() -> str:
    """The picture in Mermaid's words, between its marks."""
    lines = ["```mermaid", "flowchart TB"]
    for app in reversed(ORDER):
        rooms = without_detours(imports_of_rooms(app))
        lines.append(f'  subgraph {app}["{app}/"]')
        lines += [f'    {node(app, room)}["{label(app, room)}"]' for room in reversed(rooms)]
        lines += arrows((node(app, one), node(app, other)) for one in rooms for other in rooms[one])
        lines.append("  end")
    apps = without_detours(imports_of_apps())
    lines += arrows((one, other) for one in apps for other in apps[one])
    return "\n".join([BEGIN + lines[0], *lines[1:], "```", END])


def arrows(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"    {one} --> {other}" for one, other in pairs)


def node(app: str, room: str) -> str:
    return f"{app}_{room}".replace(".", "_")


def label(app: str, room: str) -> str:
    """The room as a path within its app."""
    path = room.replace(".", "/")
    return f"{path}/" if (ROOT / app / path).is_dir() else f"{path}.py"


def page_with(picture: str) -> str:
    """The page with `picture` in the place of the one that it has."""
    before, _mark, rest = PAGE.read_text().partition(BEGIN)
    _old, _mark, after = rest.partition(END)
    return before + picture + after


if __name__ == "__main__":
    PAGE.write_text(page_with(drawing()))
