/** Whose words are which, in a language that the server doesn't speak. */
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, expect, it } from "vitest";
import { Failure } from "../api/failure";
import { FailureText } from "./ServerWords";
import { FailureNote } from "./States";

afterEach(() => i18next.changeLanguage("en"));

const POISONED = new Failure(503, { type: "/problems/poisoned", detail: "disk full" });

it("marks the server's words as English, and says in other languages that they are its own", async () => {
  await i18next.changeLanguage("ko");
  render(<MantineProvider env="test"><FailureNote failure={POISONED} /></MantineProvider>);
  const words = screen.getByText("disk full");
  expect(words.lang).toBe("en");
  expect(words.parentElement?.textContent).toBe("서버의 답: disk full");
  // What has happened and what to do is understood without them.
  expect(screen.getByRole("alert").textContent).toContain("서버가 이벤트를 더 받지 않습니다");
  expect(screen.getByRole("alert").textContent).toContain("이미 받은 내용은 안전합니다");
});

it("doesn't take what the browser says for the server's", async () => {
  await i18next.changeLanguage("ko");
  const { container } = render(<FailureText failure={new Failure(0, { detail: "x is not a function" })} titled />);
  expect(container.textContent).toMatch(/^브라우저의 메시지: x is not a function\. 새로/);
});

it("needs no such words in English", () => {
  const { container } = render(<FailureText failure={POISONED} />);
  expect(container.textContent).toMatch(/^The server takes no more events\. disk full\. Writing has failed once\./);
});
