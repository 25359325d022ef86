"""The status page as people see it: in a real browser, over a real server."""

import importlib.resources
import json

import pytest
from selenium.webdriver.common.keys import Keys

SCENES = ["drifted", "quiet", "waiting", "hostile", "nothing", "stopped"]
SECTIONS = ["Now", "Drift against training", "Versions", "Rollout", "Last dead letters", "Not watched for drift"]
ATTACK = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
LOOKS = [
    ("desktop-light", 1280, False, "light"),
    ("desktop-dark", 1280, False, "dark"),
    ("phone-light", 360, True, "light"),
    ("phone-dark", 360, True, "dark"),
]


def complaints(driver):
    """Refused connections are logged by the browser itself; nothing else may be."""
    entries = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    return [entry["message"] for entry in entries if "ERR_CONNECTION_REFUSED" not in entry["message"]]


def requested(driver):
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    urls = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if not url.startswith(("data:", "about:"))]


def violations(browser):
    source = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    browser.run(source)
    found = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run().then((result) => done(result.violations))"
    )
    return [f"{one['id']} ({one['impact']}): {node['html'][:200]}: {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("path", ["", "status"])
def test_every_section_is_there_in_order(page, browser, path):
    browser.open(page, "drifted", path)
    assert browser.run("return [...document.querySelectorAll('h2')].map((node) => node.textContent)") == SECTIONS
    assert browser.text("h1") == "churn"
    assert "scorer-0" in browser.text("#about")
    assert browser.run("return document.querySelectorAll('main, header, aside').length") == 3


@pytest.mark.parametrize("scene", SCENES)
def test_no_complaints_and_no_request_to_elsewhere(page, browser, scene):
    browser.open(page, scene)
    browser.wait("return performance.getEntriesByType('resource').filter((one) => one.name.includes('v1/status')).length > 1")
    assert complaints(browser.driver) == []
    assert set(requested(browser.driver)) == {page.url, page.url + "v1/status"}


def test_what_has_drifted_is_what_one_sees_first(page, browser):
    browser.open(page, "drifted")
    verdict = browser.text("#verdict")
    assert verdict == "▲ Drifted: MonthlyCharges, TotalCharges"
    assert browser.text("#alarms li").startswith("MonthlyCharges in churn@7 drifted: psi ")
    names = browser.texts(".report:first-child .name")
    assert names[:2] == ["MonthlyCharges", "TotalCharges"]
    assert sorted(names[2:]) == ["Contract", "PaymentMethod", "Score", "SeniorCitizen", "Town", "tenure"]
    assert browser.texts(".report:first-child .says")[0].startswith("drifted: psi 0.")
    assert set(browser.texts(".report:first-child .says")[2:]) == {"quiet"}
    verdict_top, others_top = browser.run(
        "return ['#verdict', '.now'].map((one) => document.querySelector(one).getBoundingClientRect().top)"
    )
    assert verdict_top < others_top and verdict_top < 200


def test_says_so_when_nothing_drifts_and_when_it_cannot_tell_yet(page, browser):
    browser.open(page, "quiet")
    assert browser.text("#verdict") == "Ready. No drift."
    assert browser.run("return document.querySelectorAll('.drifted').length") == 0
    page.tell("waiting")
    browser.wait("return document.querySelector('#verdict').textContent.includes('Not enough events yet')")
    assert "not enough events yet (812 of 5,000)" in browser.texts(".says")


def test_says_why_it_is_not_ready(page, browser):
    browser.open(page, "nothing")
    assert browser.text("#verdict") == "✕ Not ready. Drift is not watched."
    assert browser.texts("#reasons li") == ["no model is loaded", "broker 127.0.0.1:9092: it has not answered yet"]
    for empty in ("#no-drift", "#no-versions", "#no-rollout", "#no-letters"):
        assert browser.run("return !document.querySelector(arguments[0]).hidden", empty)


def test_histograms_have_text_for_those_who_cannot_see_them(page, browser):
    browser.open(page, "drifted")
    status = browser.driver.execute_async_script("fetch('v1/status').then((r) => r.json()).then(arguments[0])")
    feature = status["drift"][0]["features"][0]
    assert feature["feature"] == "MonthlyCharges"
    changes = [abs(now - before) for before, now in zip(feature["training"], feature["window"])]
    most = changes.index(max(changes))
    label = browser.run("return document.querySelectorAll('.drifted figure svg')[0].getAttribute('aria-label')")
    assert label.startswith(f"Histogram of MonthlyCharges, {len(feature['bins'])} bins, training beside now.")
    assert f"Most changed: {feature['bins'][most]}: training" in label

    browser.run("document.querySelectorAll('.drifted .bins')[0].open = true")
    browser.wait("return document.querySelectorAll('.drifted .bins')[0].querySelector('tbody tr')")
    rows = browser.run(
        "return [...document.querySelectorAll('.drifted .bins')[0].querySelectorAll('tbody tr')]"
        ".map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    assert [row[0] for row in rows] == feature["bins"]
    for shown, share in zip((row[2] for row in rows), feature["window"]):
        assert abs(float(shown.removesuffix(" %").removeprefix("below ")) - share * 100) <= 0.1


def test_bars_are_as_high_as_the_shares(page, browser):
    browser.open(page, "drifted")
    status = browser.driver.execute_async_script("fetch('v1/status').then((r) => r.json()).then(arguments[0])")
    feature = status["drift"][0]["features"][0]
    highest = max(feature["training"] + feature["window"])
    for kind, shares in (("training", feature["training"]), ("window", feature["window"])):
        path = browser.run(f"return document.querySelectorAll('.drifted figure .bar-{kind}')[0].getAttribute('d')")
        tops = [100 - float(part.split("V")[1].split("H")[0]) for part in path.split("M")[1:]]
        expected = [share / highest * 100 for share in shares if share > 0]
        assert tops == pytest.approx(expected, abs=0.01)


def test_a_feature_with_many_categories_is_shown_whole(page, browser):
    browser.open(page, "quiet")
    town = "[...document.querySelectorAll('.features > li')].find((item) => item.querySelector('.name').textContent === 'Town')"
    browser.run(f"const item = {town}; item.querySelector('details').open = true; item.querySelector('.bins').open = true")
    browser.wait(f"return {town}.querySelectorAll('tbody tr').length === 53")


def test_shows_rollout_versions_and_dead_letters(page, browser):
    browser.open(page, "drifted")
    rollout = browser.text("#rollout")
    for part in ("12", "churn@7", "churn@8, canary for 12.5 % of the keys; churn@9, shadow", "swapped in 48.2 ms"):
        assert part in rollout
    assert browser.texts("#versions tbody th") == [
        "churn@7\nchampion", "churn@8\ncanary, 12.5 % of the keys", "churn@9\nshadow"
    ]
    assert len(browser.texts("#letters tbody tr")) == 8
    assert "schema: wrong_type" in browser.texts("#letters tbody tr")[0]
    assert browser.texts("#skipped li")[0] == "churn@7: customerID: an id is not counted"
    scopes = browser.run("return [...document.querySelectorAll('th')].every((cell) => cell.scope)")
    captions = browser.run("return [...document.querySelectorAll('table')].every((table) => table.caption)")
    assert scopes and captions


def test_hostile_texts_stay_text(page, browser):
    browser.open(page, "hostile")
    browser.run("for (const node of document.querySelectorAll('details')) node.open = true")
    browser.wait("return document.querySelectorAll('.bins tbody tr').length > 20")
    assert browser.run("return window.hacked") is None
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert browser.run("return document.querySelectorAll('script').length") == 1
    whole = browser.run("return document.body.textContent")
    assert whole.count(ATTACK) >= 6
    assert "__proto__" in browser.texts(".name")
    assert browser.run("return document.querySelector('h1').textContent") == ATTACK
    assert complaints(browser.driver) == []


@pytest.mark.parametrize("scene", SCENES)
def test_a_phone_does_not_scroll_sideways(page, browser, scene):
    browser.size(360, 740, phone=True)
    browser.open(page, scene)
    browser.run("for (const node of document.querySelectorAll('details')) node.open = true")
    browser.wait("return [...document.querySelectorAll('.bins')].every((node) => node.querySelector('tbody tr'))")
    assert browser.run("return [document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]") == [360] * 3


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[0])
@pytest.mark.parametrize("scene", ["drifted", "nothing", "hostile", "stopped"])
def test_axe_finds_nothing(page, browser, scene, look):
    name, width, phone, scheme = look
    browser.size(width, 900, phone)
    browser.media(prefers_color_scheme=scheme)
    browser.open(page, scene)
    browser.run("for (const node of document.querySelectorAll('details')) node.open = true")
    assert violations(browser) == []


def test_tells_that_the_scorer_is_gone_and_recovers(page, browser):
    browser.open(page, "quiet")
    page.tell("down")
    browser.wait("return document.querySelector('#verdict').textContent.includes('No answer from the scorer since ')")
    assert browser.run("return /since \\d\\d:\\d\\d:\\d\\d\\.$/.test(document.querySelector('#verdict').textContent)")
    assert "Figures of " in browser.text("#updated")
    assert browser.texts("#versions tbody th") != []  # what was known stays to be seen
    page.tell("drifted")
    page.tell("up")
    browser.wait("return document.querySelector('#verdict').textContent.startsWith('▲ Drifted')")
    assert "Live" in browser.text("#updated")
    assert complaints(browser.driver) == []


def test_only_the_verdict_is_announced_and_only_when_it_changes(page, browser):
    browser.open(page, "drifted")
    live = browser.run("return [...document.querySelectorAll('[aria-live], [role=status], [role=alert]')].map((node) => node.id)")
    assert live == ["verdict"]
    browser.run(
        "window.said = 0; window.drawn = 0;"
        "const all = {childList: true, characterData: true, subtree: true, attributes: true};"
        "new MutationObserver(() => ++window.said).observe(document.querySelector('#verdict'), all);"
        "new MutationObserver(() => ++window.drawn).observe(document.querySelector('#updated'), all);"
    )
    browser.wait("return window.drawn >= 2")
    assert browser.run("return window.said") == 0


def test_keeps_focus_and_what_was_unfolded(page, browser):
    browser.open(page, "quiet")
    summary = "[...document.querySelectorAll('.features summary')].find((node) => node.textContent.startsWith('Contract'))"
    browser.run(f"const node = {summary}; node.focus(); node.click(); window.held = node")
    page.tell("drifted")
    browser.wait("return document.querySelector('#verdict').textContent.startsWith('▲')")
    assert browser.run("return document.activeElement === window.held && window.held.parentNode.open")


def test_the_keyboard_reaches_everything_that_can_be_used(page, browser):
    browser.open(page, "drifted")
    wanted = browser.run(
        "return [...document.querySelectorAll('a, summary, [tabindex=\"0\"]')].filter((node) => node.checkVisibility()).length"
    )
    body = browser.driver.switch_to.active_element
    reached = browser.run("window.reached = new Set(); return 0")
    for _ in range(wanted + 2):
        body.send_keys(Keys.TAB)
        body = browser.driver.switch_to.active_element
        reached = browser.run("window.reached.add(document.activeElement); window.reached.delete(document.body); return window.reached.size")
    assert reached == wanted


def test_a_drifted_feature_can_be_jumped_to(page, browser):
    browser.open(page, "drifted")
    link = browser.driver.find_element("css selector", "#alarms li:nth-child(2) a")
    link.send_keys(Keys.ENTER)
    assert browser.run("return document.activeElement.querySelector('.name').textContent") == "TotalCharges"


def test_screenshots(page, browser, screenshots, capsys):
    for scene in ("drifted", "quiet", "nothing", "hostile"):
        for name, width, phone, scheme in LOOKS:
            browser.size(width, 900, phone)
            browser.media(prefers_color_scheme=scheme)
            browser.open(page, scene)
            browser.shoot(screenshots / f"{scene}-{name}.png")
    with capsys.disabled():
        print(f"\nscreenshots of the status page: {screenshots}")
    assert len(list(screenshots.glob("*.png"))) >= 16
