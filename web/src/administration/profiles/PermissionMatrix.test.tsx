/** The table of permissions. */
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import { PermissionMatrix } from "./PermissionMatrix";
import type { Permission } from "./permissions";

const LOGIN = { area: "login_logout", divisible: true, key_scope: null };
const ALL: Permission[] = [
  { ...LOGIN, permission: "login_logout view", level: "view", about: "Run", includes: null },
  { ...LOGIN, permission: "login_logout all", level: "all", about: "Save", includes: "login_logout view" },
  { permission: "news edit", area: "news", level: "edit", about: "Change what is new", includes: null, divisible: false, key_scope: null },
];

function Matrix({ readOnly = false }: { readOnly?: boolean }) {
  const [given, setGiven] = useState<string[]>([]);
  return (
    <MantineProvider env="test">
      <PermissionMatrix permissions={ALL} given={given} readOnly={readOnly} onChange={setGiven} />
    </MantineProvider>
  );
}

it("gives the lower level with the higher one, and takes both with the lower", async () => {
  render(<Matrix />);
  const view = screen.getByRole<HTMLInputElement>("checkbox", { name: "Login/Logout report: View" });
  const all = screen.getByRole<HTMLInputElement>("checkbox", { name: "Login/Logout report: All" });
  await userEvent.click(all);
  expect([view.checked, all.checked]).toEqual([true, true]);
  expect(screen.getByRole("rowheader", { name: /Save, publish, schedule and download reports/ })).toBeTruthy();
  await userEvent.click(view);
  expect([view.checked, all.checked]).toEqual([false, false]);
});

it("tells what it has no word for as the server does, and what only all rows give", async () => {
  render(<Matrix />);
  await userEvent.click(screen.getByRole("checkbox", { name: "news: Edit" }));
  expect(screen.getByRole("rowheader", { name: /All rows only/ }).textContent).toBe("newsAll rows onlyChange what is new");
});

it("offers nothing to choose where nothing may be changed", () => {
  render(<Matrix readOnly />);
  expect(screen.queryAllByRole("checkbox")).toHaveLength(0);
});
