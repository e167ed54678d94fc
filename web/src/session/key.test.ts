import { afterEach, expect, it, vi } from "vitest";
import { currentKey, forgetKey, keepKey, onKeyChange, watchAddressForKeys } from "./key";

afterEach(() => {
  forgetKey();
  window.history.replaceState(null, "", "/");
});

it("a key in the address is taken, and leaves no trace there or in the history", () => {
  const entries = window.history.length;
  window.history.replaceState(null, "", "/#key=abc&report=login_logout");
  watchAddressForKeys();
  expect(currentKey()).toBe("abc");
  expect(window.location.href).not.toContain("abc");
  expect(window.location.hash).toBe("#report=login_logout");
  expect(window.history.length).toBe(entries);
});

it("a key is kept for the tab only, and forgotten on demand", () => {
  const heard = vi.fn<() => void>();
  const stop = onKeyChange(heard);
  keepKey("abc");
  expect(window.sessionStorage.length).toBe(1);
  expect(window.localStorage.length).toBe(0);
  forgetKey();
  expect(currentKey()).toBeNull();
  expect(window.sessionStorage.length).toBe(0);
  expect(heard).toHaveBeenCalledTimes(2);
  stop();
});
