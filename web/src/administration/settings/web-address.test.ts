/** Addresses that single sign-on takes. */
import { expect, it } from "vitest";
import { addressFault } from "./web-address";

it("is one by https", () => {
  expect(addressFault("https://id.example/realms/staff", true)).toBeNull();
  expect(addressFault("https://rollcall.example/", false)).toBeNull();
  expect(addressFault("http://id.example", true)).toBe("insecure");
});

it("may be by http on one's own machine", () => {
  for (const host of ["localhost:8080", "127.0.0.1", "[::1]:7270"]) expect(addressFault(`http://${host}`, false)).toBeNull();
  expect(addressFault("http://127.0.0.1.example", false)).toBe("insecure");
});

it("is nothing else", () => {
  for (const text of ["nonsense", "ftp://x/path", "javascript:alert(1)", "https://", "https://id.example/?realm=staff"]) expect(addressFault(text, true)).toBe("none");
});

it("has a path only where it may", () => {
  expect(addressFault("https://rollcall.example/path", false)).toBe("path");
});
