/** The command that sends events. */
import { describe, expect, it } from "vitest";
import { sendCommand } from "./send-command";

const sending = { base: "https://rollcall.example", format: "csv", source: "hr", zone: "", now: "2026-04-15T06:59:58Z" };

describe("sendCommand", () => {
  it("sends the records of a file in their format and zone", () => {
    const command = sendCommand({ ...sending, zone: "Europe/Stockholm" });
    expect(command).toContain("'https://rollcall.example/api/v1/sources/hr/records?format=csv&time_zone=Europe%2FStockholm'");
    expect(command).toContain("--data-binary @events.csv");
  });

  it("sends Rollcall's own events as JSON", () => {
    const command = sendCommand({ ...sending, format: "native", source: "portal" });
    expect(command).toContain("'https://rollcall.example/api/v1/events?source=portal'");
    const body = /-d '(.*)'$/.exec(command)?.[1] ?? "";
    expect(JSON.parse(body)).toEqual([expect.objectContaining({ event_time: "2026-04-15T06:59:58Z", activity: "sign_in" })]);
  });

  it("lets no name of a source out of its quotes", () => {
    expect(sendCommand({ ...sending, source: "o'brien; rm x" })).toContain("/sources/o%27brien%3B%20rm%20x/records");
  });

  it("calls a source that has no name like its format", () => {
    expect(sendCommand({ ...sending, source: " " })).toContain("/sources/csv/records");
  });
});
