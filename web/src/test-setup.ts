/** What every test of the page has: words, and an environment that is swept after it. */
import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";
import { startWords } from "./i18n";

beforeAll(() => startWords(["common", "fields", "library", "overview", "report", "session", "setup", "shell", "users"]));

afterEach(() => {
  cleanup();
  localStorage.clear();
});

// Mantine asks for these; happy-dom knows them not or only partly.
Object.defineProperty(window, "matchMedia", {
  writable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addListener: vi.fn(),
    removeListener: vi.fn(),
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
    dispatchEvent: vi.fn(),
  }),
});
