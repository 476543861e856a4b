"""A real browser without a window: Debian's Chromium, driven by its own DevTools protocol."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from inlet.errors import MachineLacks
from inlet.stack import machine
from tests.without import do_without

_PATIENCE_SECONDS = 120
_RUN_SECONDS = 300
"""How long a run of Airflow may take whose end a page shows."""
_GLANCE_SECONDS = 2.0


class Page:
    """One tab. Everything waits until it is so, and fails with what was there instead."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)
        self.complaints: list[str] = []
        """What the browser had against the page that is open: errors, and what may not load."""
        self.call("Page.enable")
        self.call("Log.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Have DevTools do something; return its answer."""
        number = next(self._numbers)
        sent = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps(sent))
        while True:
            said = json.loads(self._connection.recv(timeout=_PATIENCE_SECONDS))
            if said.get("method") == "Log.entryAdded":
                self.complaints.append(said["params"]["entry"]["text"])
            if said.get("id") == number:
                assert "error" not in said, said["error"]
                return dict(said["result"])

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression; promises are waited for."""
        wanted = {"expression": script, "returnByValue": True, "awaitPromise": True}
        found = self.call("Runtime.evaluate", **wanted)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def open(self, url: str) -> None:
        """Go to a page and wait until it and its pictures are there."""
        self.run("window.isOld = true")
        self.complaints.clear()
        self.call("Page.navigate", url=url)
        self.until("!window.isOld && document.readyState === 'complete'")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.run(f"!!({script})"):
                    return
            except AssertionError:  # between two pages there is no document to ask
                pass
            time.sleep(0.1)
        raise AssertionError(f"{script}: never so on {self.run('document.body.innerText')!r}")

    def type(self, selector: str, text: str) -> None:
        """Write into a field as a keyboard does."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Press what is there."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, words: str) -> None:
        """Press the button or the link that says so, as a mouse does."""
        pressable = "[...document.querySelectorAll('button, a')]"
        found = f"{pressable}.find(one => one.innerText.includes({json.dumps(words)}))"
        self.until(found)
        self.run(f"{found}.scrollIntoView({{block: 'center'}})")
        box = self.run(f"{found}.getBoundingClientRect().toJSON()")
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for event in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=event, button="left", clickCount=1, **at)

    def look_again_until(self, script: str) -> None:
        """Load the page anew, as a person does, until an expression is true."""
        deadline = time.monotonic() + _RUN_SECONDS
        while not self.run(f"!!({script})"):
            assert time.monotonic() < deadline, self.run("document.body.innerText")
            self.open(self.run("location.href"))
            time.sleep(_GLANCE_SECONDS)

    def resize(self, width: int, height: int, *, is_dark: bool = False) -> None:
        """Be a window of that size, light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, file: Path, *, is_whole: bool = True) -> None:
        """Keep what is seen as PNG: the whole page, or the window alone."""
        shown = self.call("Page.captureScreenshot", captureBeyondViewport=is_whole)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shown["data"]))


@contextmanager
def browsing() -> Iterator[Page]:
    """Give a page of a browser that knows nothing yet, while the ``with`` lasts."""
    try:
        machine.provide(["Chromium"])
    except MachineLacks as lack:
        do_without(str(lack))
    home = Path(tempfile.mkdtemp(prefix="inlet-browser-"))
    process = subprocess.Popen(
        [
            "chromium",
            "--headless=new",
            "--no-sandbox",  # tests run as root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--no-proxy-server",
            "--remote-debugging-port=0",
            f"--user-data-dir={home}",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(_address(home, process), max_size=None, proxy=None) as connection:
            yield Page(connection)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _address(home: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where the first tab listens."""
    file = home / "DevToolsActivePort"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not file.exists() or "\n" not in file.read_text():
        assert process.poll() is None, "Chromium ended at once"
        assert time.monotonic() < deadline, "Chromium does not listen"
        time.sleep(0.05)
    port, path = file.read_text().split("\n")
    with connect(f"ws://127.0.0.1:{port}{path}", proxy=None) as whole:
        whole.send(json.dumps({"id": 1, "method": "Target.getTargets", "params": {}}))
        targets = json.loads(whole.recv())["result"]["targetInfos"]
    tab = next(t["targetId"] for t in targets if t["type"] == "page")
    return f"ws://127.0.0.1:{port}/devtools/page/{tab}"
