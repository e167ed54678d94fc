import { describe, expect, it } from "vitest";
import i18next from "i18next";
import { Failure, KINDS, explain as explained, failureOf } from "./failure";

const explain = (failure: Failure) => explained(failure, i18next.getFixedT("en", "common"));

/** The guide to the API. A test of the server holds it against the types of problems that there are. */
const guide = Object.values(import.meta.glob<string>("../../../docs/api.md", { query: "?raw", import: "default", eager: true })).join();

function answer(status: number, body: string, headers: Record<string, string> = { "content-type": "application/problem+json" }): Response {
  return new Response(body, { status, headers });
}

describe("a problem", () => {
  it("is told with its detail and with what to do", async () => {
    const detail = 'filters[1].field: expected one of agent, channel; got "shoe_size"';
    const failure = await failureOf(answer(422, JSON.stringify({ title: "Invalid", status: 422, detail, field: "filters[1].field" })));
    expect(explain(failure)).toEqual({
      what: "The server doesn't accept this",
      why: detail,
      advice: "Change what is named, then try again.",
    });
    expect(failure.refusedFilter).toBe(1);
  });

  it("of a busy server says when to try again", async () => {
    const busy = await failureOf(answer(429, "{}", { "content-type": "application/problem+json", "retry-after": "7" }));
    expect(explain(busy).advice).toBe("It has too much to do at the moment. Try again in 7 seconds.");
    expect(explain(new Failure(503)).advice).toBe("Wait a moment, then try again.");
  });

  it("of too many attempts is no busy server", () => {
    const { what, advice } = explain(new Failure(429, { type: "/problems/too-many-attempts" }, 8));
    expect([what, advice]).toEqual(["Too many attempts have failed", "This one was not looked at. Try again in 8 seconds."]);
  });

  it("of a cursor that has expired says that what was loaded is right", async () => {
    const gone = await failureOf(answer(410, JSON.stringify({ title: "The cursor has expired", status: 410, detail: "it lived for an hour" })));
    expect(explain(gone)).toMatchObject({ what: "These pages can't be continued", why: "it lived for an hour" });
    const invalid = new Failure(422, { type: "/problems/invalid-cursor" });
    expect(explain(invalid).advice).toContain("Start anew");
  });

  it("of a missing permission says who can give it", () => {
    expect(explain(new Failure(403)).advice).toContain("administrator");
  });

  it("of the server is told with the id under which its log has it", () => {
    expect(explain(new Failure(500, {}, null, "r-17")).requestId).toBe("r-17");
    expect(explain(new Failure(422, {}, null, "r-17")).requestId).toBeUndefined();
  });

  it("of an unknown sort is told by its status, with its title as the server's word", () => {
    const { what, why, advice } = explain(new Failure(599, { type: "/problems/odd", title: "Odd" }));
    expect([what, why]).toEqual(["The server has failed (status 599)", "Odd"]);
    expect(advice).toContain("log");
    expect(explain(new Failure(418)).what).toBe("The server refuses this (status 418)");
  });

  it("of every type that the server knows has words of its own", () => {
    const documented = [...guide.matchAll(/^\| `\/problems\/([a-z-]+)` \| \d+ \|/gm)].map(([, kind]) => kind);
    expect(documented.length).toBeGreaterThan(30);
    expect([...KINDS].sort()).toEqual(documented.sort());
    const told = KINDS.map((kind) => explain(new Failure(500, { type: `/problems/${kind}` })).what);
    expect(new Set(told).size).toBe(KINDS.length);
  });
});

describe("what is no problem", () => {
  it.each([
    ["<h1>Bad gateway</h1>", "text/html"],
    ["{cut off", "application/problem+json"],
    ["null", "application/json"],
  ])("is told by its status: %s", async (body, type) => {
    const failure = await failureOf(answer(502, body, { "content-type": type }));
    expect(explain(failure).what).toBe("The server has failed (status 502)");
    expect(failure.refusedFilter).toBeNull();
  });

  it("is told when no answer came", () => {
    expect(explain(new Failure(null))).toEqual({
      what: "The server can't be reached",
      advice: "Check that it runs and that you are connected to it, then try again.",
    });
  });
});
