import i18next from "i18next";
import { expect, it } from "vitest";
import { formatFor } from "../i18n/format";
import { SIGN_IN_LOG, fieldOf } from "./fixtures";
import type { Column, Value } from "./types";
import { valueText } from "./vocabulary";
import type { ReportWords } from "./words";

const t = i18next.getFixedT("en", ["report", "fields", "common"]) as unknown as ReportWords;
const text = (name: string, value: Value): string | null => {
  const column: Column = { ...fieldOf(SIGN_IN_LOG, "account"), name };
  return valueText(value, column, "UTC", formatFor("en-GB"), t);
};

it("activities of access events have words beside the names that applications give theirs", () => {
  expect(["sign_in", "forced_sign_out", "sign_of_life", "Role changed"].map((value) => text("activity", value))).toEqual(["Sign In", "Forcible Sign Out", "Sign of Life", "Role changed"]);
  expect(text("account", "sign_in")).toBe("sign_in");
});

it("a slash within a level of the hierarchy is shown as one", () => {
  expect(text("hierarchy", "Americas / New York / Chat\\/Social")).toBe("Americas / New York / Chat/Social");
  expect(text("account", "a\\/b")).toBe("a\\/b");
});
