"""A headless Chromium, and the real status page over made-up services."""

import base64
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 30


class StatusPage:
    """The program that serves the page; its scene can be changed while it runs."""

    def __init__(self):
        program = os.environ["TIDEMILL_STATUS_PAGE_FIXTURE"]
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/"

    def tell(self, word):
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self):
        self._process.stdin.close()
        assert self._process.wait(PATIENCE_S) == 0


class Browser:
    """What the tests ask of a page."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, page, scene, path=""):
        page.tell(scene)
        self.driver.get(page.url + path)
        self.wait("return document.getElementById('about').textContent.includes(`Tidemill 0.1.0-${arguments[0]} `)", scene)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        return WebDriverWait(self.driver, PATIENCE_S, poll_frequency=0.05).until(
            lambda driver: driver.execute_script(script, *arguments), message=script
        )

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).innerText", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((node) => node.innerText)", selector)

    def media(self, **features):
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})

    def size(self, width, height, phone=False):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def shoot(self, file):
        """The whole page, not only what fits the window."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        Path(file).write_bytes(base64.b64decode(answer["data"]))


@pytest.fixture(scope="session")
def driver():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    # Without a sandbox: in a container root may not make one, and only our own page is opened.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    yield started
    started.quit()


@pytest.fixture
def page():
    served = StatusPage()
    yield served
    served.close()


@pytest.fixture
def browser(driver):
    """At a desktop's size, light, with nothing left of the test before."""
    opened = Browser(driver)
    driver.get("about:blank")
    opened.media(prefers_color_scheme="light")
    opened.size(1280, 900)
    for kind in ("browser", "performance"):
        driver.get_log(kind)
    return opened


@pytest.fixture(scope="session")
def screenshots():
    folder = Path(os.environ.get("TIDEMILL_SCREENSHOTS") or tempfile.mkdtemp(prefix="tidemill-status-page-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
