/** The conditions of a password, as one types. */
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { PasswordEntry } from "./PasswordEntry";
import { usePasswordCheck } from "./use-password-check";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

beforeEach(() => void fetched.mockReset());

function Entry() {
  const [password, setPassword] = useState("");
  return <PasswordEntry password={password} check={usePasswordCheck(password).shown} error={null} onChange={setPassword} />;
}

function shown() {
  render(
    <MantineProvider env="test">
      <Entry />
    </MantineProvider>,
  );
}

/** A server with the rule `reference`, which finds digits and signs missing. */
function answering(status = 200) {
  fetched.mockImplementation(async (input) => {
    const { password } = (await (input as Request).json()) as { password: string };
    const reasons = [
      ...(/\d/.test(password) ? [] : [{ rule: "digit", message: "expected at least one digit" }]),
      ...(/[_@%]/.test(password) ? [] : [{ rule: "sign", message: "expected at least one of _ @ %" }]),
    ];
    return Response.json({ ok: reasons.length === 0, rule: "reference", expected: "…", reasons }, { status });
  });
}

it("marks each condition as it is met", async () => {
  answering();
  shown();
  await userEvent.type(screen.getByLabelText("Password of the archive"), "zebra17");
  expect(await screen.findByText("4 of 5 conditions met")).toBeTruthy();
  expect(screen.getByText(/At least one of _ @ %/).closest("li")?.textContent).toContain("not met yet");
  await userEvent.type(screen.getByLabelText("Password of the archive"), "%");
  expect(await screen.findByText("5 of 5 conditions met")).toBeTruthy();
});

it("asks for what stands there in the end, not for every key", async () => {
  answering();
  shown();
  await userEvent.type(screen.getByLabelText("Password of the archive"), "zebra17%");
  await screen.findByText("5 of 5 conditions met");
  // For the empty field at first, and for the whole password.
  expect(fetched).toHaveBeenCalledTimes(2);
});

it("says so where a password can't be checked", async () => {
  answering(503);
  shown();
  expect(await screen.findByText(/can't be checked right now/)).toBeTruthy();
});
