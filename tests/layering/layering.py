"""Checks includes, links and folders against the drawing in docs/architecture.md."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT_MODULES = ("consumers", "producers")
SYSTEM_FOLDERS = ("arpa/", "linux/", "net/", "netinet/", "sys/")
SYSTEM_HEADERS = set(
    """assert ctype cpuid dirent dlfcn errno execinfo fcntl fenv float ftw getopt glob iconv immintrin
    inttypes limits locale malloc math netdb poll pthread pwd sched semaphore setjmp signal spawn
    stdarg stddef stdint stdio stdlib string strings sysexits syslog termios time ucontext unistd
    wchar x86intrin""".split()
)


class DrawingError(Exception):
    """The page itself cannot be read."""


@dataclass(frozen=True)
class Architecture:
    arrows: dict  # module -> the modules it points at
    described: frozenset  # modules with a row in the module table
    unbuilt: frozenset
    direct_only: frozenset
    libraries: dict  # start of a header's name -> the modules that may include it

    @property
    def modules(self):
        return self.arrows.keys()

    def reachable(self, module):
        if module in self.direct_only:
            return self.arrows[module]
        found, waiting = set(), [module]
        while waiting:
            for target in self.arrows[waiting.pop()] - found:
                found.add(target)
                waiting.append(target)
        return found

    def allows(self, source, target):
        return source == target or target in self.reachable(source)


def read_drawing(lines):
    """The arrows of a drawing made of names, ─ │ ┬ ├ └ and ►."""
    width = max(map(len, lines), default=0)
    grid = [line.ljust(width) for line in lines]
    groups = {}  # (row, column of the first letter) -> names
    starts = []  # (row, column of the arrow's first stroke, names)
    for row, line in enumerate(grid):
        for match in re.finditer(r"[a-z_]+(?:, [a-z_]+)*", line):
            names = match.group().split(", ")
            groups[row, match.start()] = names
            if line[match.end() : match.end() + 2] == " ─":
                starts.append((row, match.end() + 1, names))

    arrows = {name: set() for names in groups.values() for name in names}
    walked = set()

    def follow(row, column, from_above, sources):
        glyph = grid[row][column] if row < len(grid) and column < width else " "
        walked.add((row, column))
        right = {"─": not from_above, "┬": not from_above, "├": from_above, "└": from_above}
        down = {"┬": not from_above, "├": from_above, "│": from_above}
        if glyph == "►" and not from_above:
            targets = groups.get((row, column + 2))
            if targets is None:
                raise DrawingError(f"line {row + 1} of the drawing: an arrow that hits no name")
            for source in sources:
                arrows[source].update(targets)
            return
        if not right.get(glyph) and not down.get(glyph):
            raise DrawingError(f"line {row + 1} of the drawing: the arrow breaks at '{glyph}'")
        if right.get(glyph):
            follow(row, column + 1, False, sources)
        if down.get(glyph):
            follow(row + 1, column, True, sources)

    for row, column, names in starts:
        follow(row, column, False, names)
    for row, line in enumerate(grid):
        for column, glyph in enumerate(line):
            if not re.match(r"[a-z_, ]", glyph) and (row, column) not in walked:
                raise DrawingError(f"line {row + 1} of the drawing: '{glyph}' belongs to no arrow")
    targets = set().union(*arrows.values()) if arrows else set()
    for name, own in arrows.items():
        if not own and name not in targets:
            raise DrawingError(f"no arrow starts or ends at '{name}'")
    return arrows


def names_in(text):
    return re.findall(r"`([^`]+)`", text)


def read_architecture(text):
    blocks = [block for block in re.findall(r"```text\n(.*?)```", text, re.S) if "►" in block]
    if len(blocks) != 1:
        raise DrawingError(f"expected one drawing, found {len(blocks)}")
    arrows = read_drawing(blocks[0].splitlines())

    described, libraries = set(), {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or cells[0] in ("Module", "Library"):
            continue
        if len(cells) == 2:
            described.update(names_in(cells[0]))
        elif len(cells) == 3:
            named = set(names_in(cells[2]))
            unknown = named - arrows.keys()
            if unknown:
                raise DrawingError(f"library {cells[0]}: no module {sorted(unknown)}")
            allowed = arrows.keys() - named if cells[2].startswith("all but ") else named
            libraries.update({header: frozenset(allowed) for header in names_in(cells[1])})

    def listed(start):
        return frozenset(
            name for line in text.splitlines() if line.startswith(start) for name in names_in(line)
        )

    return Architecture(
        arrows=arrows,
        described=frozenset(described),
        unbuilt=listed("Not built yet:"),
        direct_only=listed("Paths do not count, only its own arrows, for:"),
        libraries=libraries,
    )


def check(root):
    """Every breach of the rules under `root`, as one line of text each."""
    root = Path(root)
    try:
        architecture = read_architecture((root / "docs/architecture.md").read_text())
    except DrawingError as error:
        return [f"docs/architecture.md: {error}"]
    folders = module_folders(root)
    return [
        *check_cycles(architecture),
        *check_folders(architecture, folders),
        *check_includes(architecture, folders, root),
        *check_links(architecture, root),
    ]


def module_folders(root):
    """Module name -> folder. An empty folder is none: git does not keep it."""
    candidates = [p for p in (root / "src/tidemill").glob("*") if p.is_dir()]
    candidates += [root / name for name in ROOT_MODULES]
    return {p.name: p for p in candidates if any(file.is_file() for file in p.rglob("*"))}


def check_cycles(architecture):
    for module in sorted(architecture.modules):
        direct = architecture.arrows[module]
        if module in direct or any(module in architecture.reachable(t) for t in direct):
            yield f"docs/architecture.md: the arrows lead from {module} back to {module}"


def check_folders(architecture, folders):
    page = "docs/architecture.md"
    for name in sorted(folders.keys() - architecture.modules):
        yield f"{folders[name].name}/: a folder that the drawing in {page} does not have"
    for name in sorted(architecture.modules - folders.keys() - architecture.unbuilt):
        yield f"{page}: {name} has no folder; list it under 'Not built yet:' or take it out"
    for name in sorted(architecture.unbuilt & folders.keys()):
        yield f"{page}: {name} exists; take it out of 'Not built yet:'"
    for name in sorted(architecture.unbuilt - architecture.modules):
        yield f"{page}: '{name}' under 'Not built yet:' is not in the drawing"
    for name in sorted(architecture.modules ^ architecture.described):
        yield f"{page}: {name} stands in only one of drawing and module table"


def check_includes(architecture, folders, root):
    for module in sorted(folders.keys() & architecture.modules):
        for file in sorted(folders[module].rglob("*")):
            if file.suffix not in (".h", ".cpp") or not file.is_file():
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
                if not found:
                    continue
                problem = include_problem(architecture, module, file, *found.groups())
                if problem:
                    yield f"{file.relative_to(root)}:{number}: {problem}"


def include_problem(architecture, module, file, bracket, header):
    first, _, rest = header.partition("/")
    if first == "tidemill" or first in ROOT_MODULES:
        target = rest.partition("/")[0] if first == "tidemill" else first
        if target not in architecture.modules:
            return f"{header}: no module {target}"
        if not architecture.allows(module, target):
            return f"{header}: no arrows lead from {module} to {target}"
        return None
    if ".." in header.split("/"):
        return f"{header}: include by the path from src/, not by a relative one"
    if bracket == '"' and (file.parent / header).is_file():
        return None
    if is_system_header(header):
        return None
    for start, allowed in architecture.libraries.items():
        if header.startswith(start):
            return None if module in allowed else f"{header}: not for {module}"
    return f"{header}: of no library listed in docs/architecture.md"


def is_system_header(header):
    if header.startswith(SYSTEM_FOLDERS):
        return True
    name, dot, extension = header.partition(".")
    return "/" not in header and (not dot or (extension == "h" and name in SYSTEM_HEADERS))


def check_links(architecture, root):
    files = [root / "CMakeLists.txt", *(root / "cmake").rglob("*.cmake")]
    for folder in ("src", *ROOT_MODULES):
        files += (root / folder).rglob("CMakeLists.txt")
    texts = {f: re.sub(r"#.*", "", f.read_text()) for f in sorted(files) if f.is_file()}
    interfaces = {
        name
        for text in texts.values()
        for name in re.findall(r"add_library\s*\(\s*tidemill_(\w+)\s+INTERFACE\b", text)
    }
    # An interface target that is no module carries flags, and may link no module.
    carriers = interfaces - architecture.modules

    for file, text in texts.items():
        place = file.relative_to(root)
        for call in re.findall(r"target_link_libraries\s*\(([^)]*)\)", text):
            target, *items = call.split()
            source = "app" if target == "tidemill" else target.removeprefix("tidemill_")
            if source == target or not target.startswith("tidemill"):
                continue
            if source not in architecture.modules and source not in carriers:
                yield f"{place}: {target} is the target of no module"
                continue
            for item in items:
                linked = re.fullmatch(r"tidemill(?:::|_)(\w+)", item)
                if not linked or linked.group(1) in carriers:
                    continue
                name = linked.group(1)
                if name not in architecture.modules:
                    yield f"{place}: {target} links {item}, which is no module"
                elif source in carriers or not architecture.allows(source, name):
                    yield f"{place}: {target} links {item}, and no arrows lead there"
