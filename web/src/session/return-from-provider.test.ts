import { afterEach, expect, it } from "vitest";
import { keepView, returnFromProvider } from "./return-from-provider";

afterEach(() => {
  sessionStorage.clear();
  window.history.replaceState(null, "", "/");
});

it("the view that somebody had is there again when they come back, once", () => {
  window.history.replaceState(null, "", "/#report=login_logout");
  keepView();
  window.history.replaceState(null, "", "/");
  expect(returnFromProvider()).toBeNull();
  expect(window.location.hash).toBe("#report=login_logout");
  window.history.replaceState(null, "", "/");
  returnFromProvider();
  expect(window.location.hash).toBe("");
});

it("why nobody was signed in is taken out of the address; what else stands there stays", () => {
  keepView();
  window.history.replaceState(null, "", "/?sign_in_error=not_let_in&theme=dark#report=sign_in_log");
  expect(returnFromProvider()).toBe("not_let_in");
  expect(window.location.search).toBe("?theme=dark");
  expect(window.location.hash).toBe("#report=sign_in_log");
});

it("another view than the kept one is left alone", () => {
  window.history.replaceState(null, "", "/#report=login_logout");
  keepView();
  window.history.replaceState(null, "", "/#report=sign_in_log");
  returnFromProvider();
  expect(window.location.hash).toBe("#report=sign_in_log");
  expect(sessionStorage.length).toBe(0);
});
