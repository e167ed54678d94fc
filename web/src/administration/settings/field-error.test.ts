/** Where a refusal is shown. */
import { describe, expect, it } from "vitest";
import { Failure } from "../../api/failure";
import { fieldError, otherFailure } from "./field-error";

const refused = new Failure(422, { field: "config.from", detail: "config.from: expected a mail address" });

describe("a refusal", () => {
  it("is told at its field, without the field's name", () => {
    expect(fieldError(refused, "config.from")).toBe("expected a mail address");
    expect(fieldError(refused, "config.to")).toBeUndefined();
  });

  it("is told above the form if the form has no such field", () => {
    expect(otherFailure(refused, ["name", "config.from"])).toBeNull();
    expect(otherFailure(refused, ["name"])).toBe(refused);
    expect(otherFailure(new Failure(503), ["name"])).not.toBeNull();
  });
});
