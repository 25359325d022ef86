"""The repository keeps to its drawing, and the checker notices each kind of breach."""

import tempfile
import unittest
from pathlib import Path

import layering

PAGE = """
| Module | Holds |
|---|---|
| `core` | values |
| `wire` | bytes |
| `model` | predictors |
| `serving` | the loop |
| `kafka` | the broker |
| `consumers` | commands |
| `app` | main |

```text
app ─► consumers ─► serving ─┬─► wire ─► core
kafka ─► wire                └─► model ─► core
consumers ─► kafka
```

Paths do not count, only its own arrows, for: `app`.

| Library | Headers | Modules |
|---|---|---|
| librdkafka | `librdkafka/` | `kafka` |
| simdjson | `simdjson.h` | `wire` |
| fmt | `fmt/` | all but `core` |
"""

TREE = {
    "docs/architecture.md": PAGE,
    "CMakeLists.txt": "add_library(tidemill_warnings INTERFACE)\n",
    "src/tidemill/core/a.h": "#include <sys/stat.h>\n#include <unistd.h>\n#include <vector>\n",
    "src/tidemill/wire/a.cpp": '#include "tidemill/core/a.h"\n#include <simdjson.h>\n',
    "src/tidemill/model/a.cpp": '#include "local.h"\n#include <fmt/core.h>\n',
    "src/tidemill/model/local.h": "",
    "src/tidemill/serving/CMakeLists.txt": (
        "add_library(tidemill_serving STATIC a.cpp)\n"
        "target_link_libraries(tidemill_serving PUBLIC tidemill::wire\n"
        "  tidemill::core PRIVATE tidemill::warnings simdjson::simdjson)\n"
    ),
    "src/tidemill/kafka/a.cpp": "#include <librdkafka/rdkafka.h>\n",
    "src/tidemill/app/main.cpp": '#include "consumers/serve.h"\n',
    "consumers/serve.cpp": '#include "tidemill/serving/a.h"\n#include "tidemill/kafka/a.h"\n',
}


def problems(changes=None):
    """What the checker says about TREE with `changes` (path -> text) on top."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**TREE, **(changes or {})}.items():
            if text is not None:
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        return layering.check(folder)


def page(old, new):
    assert old in PAGE, old
    return {"docs/architecture.md": PAGE.replace(old, new)}


class DrawingTest(unittest.TestCase):
    def read(self, *lines):
        return layering.read_drawing(lines)

    def test_an_arrow_leads_from_every_source_to_every_target(self):
        arrows = self.read("a, b ──► c, d")
        self.assertEqual(arrows, {"a": {"c", "d"}, "b": {"c", "d"}, "c": set(), "d": set()})

    def test_branches_lead_down_and_past_other_lines(self):
        arrows = self.read(
            "a ─┬─► b ─► c",
            "d  ├─► e",
            "f  │     g ─► d",
            "   └─► h, f",
        )
        self.assertEqual(arrows["a"], {"b", "e", "h", "f"})
        self.assertEqual(arrows["b"], {"c"})
        self.assertEqual(arrows["d"], set())
        self.assertEqual(arrows["g"], {"d"})

    def test_what_cannot_be_read_is_refused(self):
        for lines in (
            ["a ─► "],
            ["a ─┬─► b"],
            ["a ── b"],
            ["a ─► b", "│"],
            ["a ─► b  c"],
            ["a ◄─ b"],
            ["a ─┐", "   └─► b"],
        ):
            with self.subTest(lines=lines), self.assertRaises(layering.DrawingError):
                self.read(*lines)


class CheckerTest(unittest.TestCase):
    def assert_only(self, found, *parts):
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_a_tree_that_keeps_the_rules_passes(self):
        self.assertEqual(problems(), [])

    def test_an_include_against_the_arrows_fails(self):
        found = problems({"src/tidemill/core/b.h": '// first line\n#include "tidemill/wire/a.h"\n'})
        self.assert_only(found, "src/tidemill/core/b.h:2", "from core to wire")

    def test_serving_must_not_see_kafka(self):
        found = problems({"src/tidemill/serving/b.cpp": "#  include <tidemill/kafka/a.h>\n"})
        self.assert_only(found, "from serving to kafka")

    def test_an_include_between_unconnected_modules_fails_in_nested_folders_too(self):
        found = problems({"src/tidemill/wire/x/b.h": '#include "tidemill/model/local.h"\n'})
        self.assert_only(found, "from wire to model")

    def test_commands_keep_to_the_arrows(self):
        changes = page("consumers ─► kafka\n", "kafka ─► core\n")
        self.assert_only(problems(changes), "consumers/serve.cpp:2", "from consumers to kafka")

    def test_nothing_includes_a_command_without_an_arrow(self):
        found = problems({"src/tidemill/serving/b.cpp": '#include "consumers/serve.h"\n'})
        self.assert_only(found, "from serving to consumers")

    def test_for_app_only_its_own_arrows_count(self):
        found = problems({"src/tidemill/app/b.cpp": '#include "tidemill/serving/a.h"\n'})
        self.assert_only(found, "from app to serving")

    def test_a_header_outside_every_module_fails(self):
        found = problems({"src/tidemill/core/b.h": '#include "tidemill/all.h"\n'})
        self.assert_only(found, "no module all.h")

    def test_a_relative_include_fails(self):
        found = problems({"src/tidemill/core/b.h": '#include "../wire/a.h"\n'})
        self.assert_only(found, "include by the path from src/")

    def test_a_folder_that_is_not_drawn_fails(self):
        self.assert_only(problems({"src/tidemill/utils/a.h": ""}), "utils/", "does not have")

    def test_a_drawn_module_without_folder_fails(self):
        self.assert_only(problems({"src/tidemill/kafka/a.cpp": None}), "kafka has no folder")

    def test_a_module_listed_as_not_built_needs_no_folder(self):
        changes = page("| Library |", "Not built yet: `kafka`.\n\n| Library |")
        self.assertEqual(problems({**changes, "src/tidemill/kafka/a.cpp": None}), [])

    def test_a_module_that_was_built_must_leave_the_list(self):
        changes = page("| Library |", "Not built yet: `kafka`.\n\n| Library |")
        self.assert_only(problems(changes), "kafka exists")

    def test_a_stranger_in_the_list_of_unbuilt_modules_fails(self):
        changes = page("| Library |", "Not built yet: `mail`.\n\n| Library |")
        self.assert_only(problems(changes), "'mail'", "not in the drawing")

    def test_a_module_without_description_fails(self):
        self.assert_only(problems(page("| `wire` | bytes |\n", "")), "wire stands in only one")

    def test_a_link_against_the_arrows_fails(self):
        text = "target_link_libraries(tidemill_core\n  PUBLIC # why\n  tidemill::wire)\n"
        found = problems({"src/tidemill/core/CMakeLists.txt": text})
        self.assert_only(found, "src/tidemill/core/CMakeLists.txt", "tidemill_core links tidemill::wire")

    def test_a_link_by_the_plain_target_name_fails_too(self):
        text = "target_link_libraries(tidemill_serving PRIVATE tidemill_kafka)\n"
        found = problems({"src/tidemill/serving/more/CMakeLists.txt": text})
        self.assert_only(found, "links tidemill_kafka")

    def test_the_executable_links_only_what_app_points_at(self):
        text = "target_link_libraries(tidemill PRIVATE tidemill::consumers tidemill::core)\n"
        found = problems({"src/tidemill/app/CMakeLists.txt": text})
        self.assert_only(found, "tidemill links tidemill::core")

    def test_a_target_that_is_no_module_fails(self):
        text = "target_link_libraries(tidemill_extra PRIVATE fmt::fmt)\n"
        found = problems({"src/tidemill/core/CMakeLists.txt": text})
        self.assert_only(found, "tidemill_extra is the target of no module")

    def test_a_link_to_an_unknown_target_fails(self):
        text = "target_link_libraries(tidemill_core PRIVATE tidemill::extra)\n"
        found = problems({"src/tidemill/core/CMakeLists.txt": text})
        self.assert_only(found, "tidemill::extra, which is no module")

    def test_a_carrier_of_flags_must_not_smuggle_a_module(self):
        text = TREE["CMakeLists.txt"] + "target_link_libraries(tidemill_warnings INTERFACE tidemill::kafka)\n"
        self.assert_only(problems({"CMakeLists.txt": text}), "tidemill_warnings links tidemill::kafka")

    def test_a_library_outside_its_modules_fails(self):
        for bracketed in ("<librdkafka/rdkafkacpp.h>", '"librdkafka/rdkafka.h"'):
            found = problems({"src/tidemill/serving/b.cpp": f"#include {bracketed}\n"})
            self.assert_only(found, "librdkafka/rdkafka", "not for serving")

    def test_a_library_of_all_but_some_modules_fails_in_those(self):
        found = problems({"src/tidemill/core/b.h": "#include <fmt/core.h>\n"})
        self.assert_only(found, "fmt/core.h: not for core")

    def test_a_library_that_is_not_listed_fails(self):
        for header in ("rapidjson/document.h", "zlib.h", "boost/asio.hpp"):
            found = problems({"src/tidemill/kafka/b.h": f"#include <{header}>\n"})
            self.assert_only(found, header, "of no library listed")

    def test_a_cycle_of_arrows_fails(self):
        found = problems(page("consumers ─► kafka\n", "consumers ─► kafka      core ─► kafka\n"))
        self.assertEqual(len(found), 3, found)
        for module in ("core", "kafka", "wire"):
            self.assertTrue(any(f"from {module} back" in line for line in found), found)

    def test_a_page_without_drawing_fails(self):
        self.assert_only(problems({"docs/architecture.md": "nothing"}), "expected one drawing")

    def test_a_library_row_with_an_unknown_module_fails(self):
        self.assert_only(problems(page("| `kafka` |\n| simdjson", "| `kafk` |\n| simdjson")), "kafk")


class RepositoryTest(unittest.TestCase):
    def test_the_drawing_keeps_its_promises(self):
        text = (repository() / "docs/architecture.md").read_text()
        architecture = layering.read_architecture(text)
        self.assertEqual(architecture.arrows["app"], {"consumers", "producers", "cli"})
        self.assertEqual(architecture.arrows["core"], set())
        for module in ("serving", "http", "kafka"):
            self.assertNotIn("training", architecture.reachable(module))
        self.assertFalse(architecture.allows("serving", "kafka"))
        self.assertTrue(architecture.allows("http", "features"))
        self.assertTrue(architecture.allows("consumers", "core"))
        self.assertEqual(architecture.libraries["librdkafka/"], {"kafka"})

    def test_the_repository_keeps_to_its_drawing(self):
        found = layering.check(repository())
        if found:
            self.fail("\n" + "\n".join(found))


def repository():
    return Path(__file__).resolve().parents[2]


if __name__ == "__main__":
    unittest.main()
