import { afterEach, expect, it, vi } from "vitest";
import { isMissingPart, versionNow } from "./version";

afterEach(() => vi.unstubAllGlobals());

const PAGE = new DOMParser().parseFromString('<script type="module" src="./assets/index-one.js"></script>', "text/html");

function served(html: string, status = 200): void {
  vi.stubGlobal("fetch", vi.fn<typeof fetch>().mockResolvedValue(new Response(html, { status })));
}

it.each([
  ["Failed to fetch dynamically imported module: http://rollcall.example/assets/Timeline-abc.js", true],
  ["error loading dynamically imported module: http://rollcall.example/assets/Timeline-abc.js", true],
  ["Importing a module script failed.", true],
  ["Unable to preload CSS for /assets/Timeline-abc.css", true],
  ["x is undefined", false],
])("tells a part that is missing from other failures: %s", (message, isMissing) => {
  expect(isMissingPart(new Error(message))).toBe(isMissing);
});

it("compares the script that the page begins with", async () => {
  served('<script type="module" src="./assets/index-one.js"></script>');
  expect(await versionNow(PAGE)).toBe("same");
  served('<script type="module" src="./assets/index-two.js"></script>');
  expect(await versionNow(PAGE)).toBe("another");
});

it("says nothing of a version where there is no answer", async () => {
  served("bad gateway", 502);
  expect(await versionNow(PAGE)).toBe("unreachable");
  vi.stubGlobal("fetch", vi.fn<typeof fetch>().mockRejectedValue(new TypeError("Failed to fetch")));
  expect(await versionNow(PAGE)).toBe("unreachable");
});
