import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Problem, Session } from "../api-types";
import { OFFERS, ROWS, SESSION, answerOf } from "../fixtures";
import { returnFromProvider } from "../return-from-provider";
import { forgetKey } from "../session-key";
import { App } from "./App";

/** What the page sends: its bodies are texts. */
type PageRequest = RequestInit & { body?: string };
type Handler = (body: Record<string, unknown>, request: PageRequest) => Response | Promise<Response>;

/** What the server answers, by method and address; tests put in what is another matter. */
let routes: Record<string, Handler>;
const asked: string[] = [];

function problem(status: number, slug: string, more: Problem = {}, headers: Record<string, string> = {}): Response {
  const body = { type: `/problems/${slug}`, title: slug, status, ...more };
  return Response.json(body, { status, headers: { "content-type": "application/problem+json", ...headers } });
}

const nobody = (): Response => problem(401, "unauthenticated");
const is = (session: Partial<Session>) => (): Response => Response.json({ ...SESSION, ...session });

beforeEach(() => {
  asked.length = 0;
  routes = {
    "GET api/v1/session": nobody,
    "GET api/v1/sign-in": () => Response.json({ password: true, openid: null }),
    "POST api/v1/session": is({}),
    "GET api/v1/reports": () => Response.json({ reports: OFFERS }),
    "POST api/v1/reports/login_logout/query": () => Response.json(answerOf(ROWS)),
  };
  const answer = async (path: string, request: PageRequest): Promise<Response> => {
    const route = `${request.method ?? "GET"} ${path}`;
    asked.push(route);
    const handler = routes[route];
    if (handler === undefined) throw new Error(`nobody answers ${route}`);
    return await handler(JSON.parse(request.body ?? "{}") as Record<string, unknown>, request);
  };
  vi.stubGlobal("fetch", vi.fn(answer));
  window.history.replaceState(null, "", "/#report=login_logout&preset=yesterday&time_zone=Europe/Stockholm");
});

afterEach(() => {
  cleanup();
  forgetKey();
  vi.unstubAllGlobals();
});

async function fill(fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) fireEvent.change(await screen.findByLabelText(label), { target: { value } });
}

function press(name: string): void {
  fireEvent.click(screen.getByRole("button", { name }));
}

async function signIn(): Promise<void> {
  await fill({ Account: "mara", Password: "a good password" });
  press("Sign in");
}

async function alert(): Promise<string> {
  return (await screen.findByRole("alert")).textContent;
}

const shown = async () => await screen.findByRole("table");

describe("signing in", () => {
  it("shows the view of the address, and who is signed in", async () => {
    const sent = (routes["POST api/v1/session"] = vi.fn<Handler>(is({})));
    render(<App />);
    const first = await screen.findByLabelText("Account");
    expect(document.activeElement).toBe(first);
    await signIn();
    await shown();
    expect(screen.getByText("Mara Lind", { selector: ".who" })).toBeDefined();
    expect(sent).toHaveBeenCalledWith({ account: "mara", password: "a good password", force: false }, expect.anything());
    expect(sessionStorage.length).toBe(0);
  });

  it("is not needed where there is a session, whose token goes with whatever is sent", async () => {
    routes["GET api/v1/session"] = is({});
    const query = (routes["POST api/v1/reports/login_logout/query"] = vi.fn<Handler>(() => Response.json(answerOf(ROWS))));
    render(<App />);
    await shown();
    const request = query.mock.calls[0]?.[1];
    expect(new Headers(request?.headers).get("x-csrf-token")).toBe(SESSION.csrf_token);
    expect(new Headers(request?.headers).has("authorization")).toBe(false);
    expect(request?.credentials).toBe("same-origin");
  });

  it("with a wrong password is refused in words, and asks for it again", async () => {
    routes["POST api/v1/session"] = () => problem(401, "sign-in-refused");
    render(<App />);
    await signIn();
    expect(await alert()).toBe("Account or password is wrong.");
    const password = screen.getByLabelText("Password");
    expect(password).toHaveProperty("value", "");
    expect(document.activeElement).toBe(password);
    expect(screen.getByLabelText("Account")).toHaveProperty("value", "mara");
  });

  it("after too many attempts says when to try again", async () => {
    routes["POST api/v1/session"] = () => problem(429, "too-many-attempts", {}, { "retry-after": "8" });
    render(<App />);
    await signIn();
    expect(await alert()).toBe("Too many attempts have failed. Try again in 8 seconds.");
  });

  it("asks for a code where the account has them, and for the next one after a wrong one", async () => {
    routes["POST api/v1/session"] = ({ code }) => {
      if (code === undefined) return problem(401, "second-factor-needed");
      return code === "123456" ? is({})() : problem(401, "sign-in-refused");
    };
    render(<App />);
    await signIn();
    const code = await screen.findByLabelText("One-time code");
    expect(document.activeElement).toBe(code);
    expect(screen.queryByRole("alert")).toBeNull();
    await fill({ "One-time code": "000000" });
    press("Sign in");
    expect(await alert()).toContain("The code is wrong");
    expect(code).toHaveProperty("value", "");
    await fill({ "One-time code": "123456" });
    press("Sign in");
    await shown();
  });

  it("asks for no code any more once another account is entered", async () => {
    routes["POST api/v1/session"] = () => problem(401, "second-factor-needed");
    render(<App />);
    await signIn();
    await screen.findByLabelText("One-time code");
    await fill({ Account: "jonas" });
    expect(screen.queryByLabelText("One-time code")).toBeNull();
  });

  it("says where somebody is signed in elsewhere, and ends that only when asked to", async () => {
    const elsewhere = { since: "2026-11-20T07:59:58Z", source_ip: "192.0.2.7", user_agent: "Firefox" };
    routes["POST api/v1/session"] = ({ force }) => (force === true ? is({})() : problem(409, "signed-in-elsewhere", { elsewhere }));
    render(<App />);
    await signIn();
    expect(await alert()).toMatch(/signed in elsewhere since Fri 20 Nov 2026 \d\d:59:58 from 192\.0\.2\.7 with Firefox/);
    await fill({ Password: "another password" });
    expect(screen.queryByRole("alert")).toBeNull();
    press("Sign in");
    fireEvent.click(await screen.findByRole("button", { name: "Sign in here and end that session" }));
    await shown();
  });

  it("ends a session elsewhere with the same code, which is used up only when somebody is signed in", async () => {
    const elsewhere = { since: "2026-11-20T07:59:58Z", source_ip: null, user_agent: null };
    const post = vi.fn<Handler>(({ code, force }) => {
      if (code === undefined) return problem(401, "second-factor-needed");
      return force === true ? is({})() : problem(409, "signed-in-elsewhere", { elsewhere });
    });
    routes["POST api/v1/session"] = post;
    render(<App />);
    await signIn();
    await fill({ "One-time code": "123456" });
    press("Sign in");
    fireEvent.click(await screen.findByRole("button", { name: "Sign in here and end that session" }));
    await shown();
    expect(post.mock.lastCall?.[0]).toMatchObject({ code: "123456", force: true });
  });

  it("offers the OpenID provider, and keeps the view until the browser is back", async () => {
    const address = "/api/v1/sign-in/openid?tenant=default";
    routes["GET api/v1/sign-in"] = () => Response.json({ password: true, openid: { name: "Acme", address } });
    render(<App />);
    const link = await screen.findByRole("link", { name: "Sign in with Acme" });
    expect(link.getAttribute("href")).toBe(address);
    // Nothing listens at the provider's address here.
    link.addEventListener("click", (event) => event.preventDefault());
    fireEvent.click(link);
    window.history.replaceState(null, "", "/");
    returnFromProvider();
    expect(window.location.hash).toContain("report=login_logout");
  });

  it("works though the ways to sign in can't be asked for", async () => {
    routes["GET api/v1/sign-in"] = () => problem(503, "database-unavailable");
    render(<App />);
    await signIn();
    await shown();
  });

  it("waits until the server can be reached", async () => {
    routes["GET api/v1/session"] = () => Promise.reject(new TypeError("no route"));
    render(<App />);
    expect(await alert()).toContain("The server can't be reached");
    routes["GET api/v1/session"] = is({});
    press("Try again");
    await shown();
  });
});

describe("coming back from the OpenID provider", () => {
  it.each([
    ["not_begun", "too long ago"],
    ["refused_by_provider", "The provider has not let you in"],
    ["not_let_in", "Ask an administrator"],
    ["provider_failed", "can't be used now"],
    ["something_new", "Signing in has failed."],
  ])("without being signed in says why: %s", async (error, words) => {
    render(<App signInError={error} />);
    expect(await alert()).toContain(words);
    expect(screen.getByLabelText("Account")).toBeDefined();
  });

  it("offers to end a session elsewhere", async () => {
    const forced = (routes["POST api/v1/sign-in/openid/force"] = vi.fn<Handler>(is({})));
    render(<App signInError="signed_in_elsewhere" />);
    fireEvent.click(await screen.findByRole("button", { name: "Sign in here and end that session" }));
    await shown();
    expect(forced).toHaveBeenCalledTimes(1);
  });

  it("too late for that says so, and leads to the sign-in", async () => {
    routes["POST api/v1/sign-in/openid/force"] = () => problem(401, "sign-in-refused");
    render(<App signInError="signed_in_elsewhere" />);
    fireEvent.click(await screen.findByRole("button", { name: "Sign in here and end that session" }));
    expect(await alert()).toContain("too long ago");
    press("Sign in otherwise");
    expect(await screen.findByLabelText("Account")).toBeDefined();
  });
});

describe("a session", () => {
  beforeEach(() => {
    routes["GET api/v1/session"] = is({});
  });

  it("that has ended leads to the sign-in, and from there to the same view", async () => {
    render(<App />);
    await shown();
    const view = window.location.hash;
    routes["POST api/v1/reports/login_logout/query"] = nobody;
    press("Refresh");
    expect(await alert()).toContain("Your session has ended");
    expect(window.location.hash).toBe(view);
    routes["POST api/v1/reports/login_logout/query"] = () => Response.json(answerOf(ROWS));
    await signIn();
    await shown();
    expect(window.location.hash).toBe(view);
  });

  it("ends by signing out, and only if the server says so", async () => {
    routes["DELETE api/v1/session"] = () => problem(503, "keys-unavailable");
    render(<App />);
    await shown();
    press("Sign out");
    expect(await alert()).toContain("keys-unavailable");
    await shown();
    const out = (routes["DELETE api/v1/session"] = vi.fn<Handler>(() => new Response(null, { status: 204 })));
    press("Sign out");
    expect(await screen.findByLabelText("Account")).toBeDefined();
    expect(new Headers(out.mock.calls[0]?.[1].headers).get("x-csrf-token")).toBe(SESSION.csrf_token);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("that another has begun in this browser is taken up", async () => {
    render(<App />);
    await shown();
    const other = { user: { id: "u2", account: "jonas", display_name: "Jonas Ek" }, csrf_token: "other" };
    routes["GET api/v1/session"] = is(other);
    routes["POST api/v1/reports/login_logout/query"] = (_, { headers }) =>
      new Headers(headers).get("x-csrf-token") === "other" ? Response.json(answerOf(ROWS)) : problem(403, "csrf-token");
    press("Refresh");
    expect(await screen.findByText("Jonas Ek", { selector: ".who" })).toBeDefined();
    await shown();
  });

  it("that has not changed is not asked for over and over", async () => {
    routes["POST api/v1/reports/login_logout/query"] = () => problem(403, "csrf-token", { detail: "expected the header X-CSRF-Token" });
    render(<App />);
    expect(await alert()).toContain("expected the header X-CSRF-Token");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked.filter((route) => route === "GET api/v1/session")).toHaveLength(2);
  });

  it("in which somebody acts as another says so, and ends that", async () => {
    const real = { id: "u0", account: "ada", display_name: "Ada Berg", since: "2026-11-20T08:00:00Z" };
    const header = { "rollcall-impersonator": "user:u0" };
    routes["POST api/v1/reports/login_logout/query"] = () => Response.json(answerOf(ROWS), { headers: header });
    routes["GET api/v1/reports"] = () => Response.json({ reports: OFFERS }, { headers: header });
    render(<App />);
    // It has begun since the page has asked who is there.
    routes["GET api/v1/session"] = is({ impersonator: real });
    const banner = await screen.findByRole("complementary", { name: "Acting as somebody else" });
    expect(banner.textContent).toContain("You are Ada Berg, acting as Mara Lind.");
    routes["POST api/v1/reports/login_logout/query"] = () => Response.json(answerOf(ROWS));
    routes["GET api/v1/reports"] = () => Response.json({ reports: OFFERS });
    routes["DELETE api/v1/session/impersonation"] = () => {
      // Whoever asks from now on is told so, too: an answer from before may still make the page ask.
      routes["GET api/v1/session"] = is({ user: real });
      return is({ user: real })();
    };
    press("End");
    await waitFor(() => expect(screen.queryByRole("complementary")).toBeNull());
    expect(await screen.findByText("Ada Berg", { selector: ".who" })).toBeDefined();
    await shown();
  });
});

describe("what must be done first", () => {
  const changed = vi.fn<Handler>();

  beforeEach(() => {
    changed.mockReset();
    routes["GET api/v1/session"] = is({ restriction: "change_password" });
    routes["POST api/v1/account/password"] = changed;
  });

  async function change(more: Record<string, string> = {}): Promise<void> {
    await fill({ "Present password": "first", "New password": "my own words", "New password again": "my own words", ...more });
    press("Change password");
  }

  it("is another password, and then there are the reports", async () => {
    changed.mockReturnValue(new Response(null, { status: 204 }));
    render(<App />);
    const first = await screen.findByLabelText("Present password");
    expect(document.activeElement).toBe(first);
    routes["GET api/v1/session"] = is({});
    await change();
    await shown();
    expect(changed).toHaveBeenCalledWith({ password: "first", new_password: "my own words" }, expect.anything());
    expect(asked.filter((route) => route.includes("reports"))).toHaveLength(2);
  });

  it("is asked for in words: what is wrong with the new or the present password", async () => {
    render(<App />);
    await change({ "New password again": "mine own words" });
    expect(await alert()).toBe("The new password and its repetition differ.");
    expect(changed).not.toHaveBeenCalled();
    const detail = "password: expected at least 12 characters, got 5";
    changed.mockReturnValueOnce(problem(422, "invalid-body", { field: "new_password", detail }));
    await change();
    await waitFor(async () => expect(await alert()).toBe("The new password is not taken: expected at least 12 characters, got 5."));
    changed.mockReturnValueOnce(problem(403, "forbidden"));
    await change();
    await waitFor(async () => expect(await alert()).toBe("The present password is wrong."));
    expect(document.activeElement).toBe(screen.getByLabelText("Present password"));
  });

  it("is the set-up of one-time codes, with recovery codes at its end", async () => {
    routes["GET api/v1/session"] = is({ restriction: "set_up_second_factor" });
    routes["POST api/v1/account/second-factor"] = () => Response.json({ secret: "GEZDGNBV", address: "otpauth://totp/x" });
    routes["POST api/v1/account/second-factor/confirm"] = ({ code }) =>
      code === "123456" ? Response.json({ recovery_codes: ["aaaa-bbbb", "cccc-dddd"] }) : problem(403, "forbidden");
    render(<App />);
    expect(await screen.findByText(/An administrator demands one-time codes/)).toBeDefined();
    press("Begin");
    expect(await screen.findByText("GEZDGNBV")).toBeDefined();
    expect(screen.getByText("otpauth://totp/x")).toBeDefined();
    await fill({ "One-time code": "000000" });
    press("Confirm");
    expect(await alert()).toContain("The code is wrong");
    await fill({ "One-time code": "123456" });
    press("Confirm");
    const codes = await screen.findByRole("list", { name: "Recovery codes" });
    expect(codes.textContent).toBe("aaaa-bbbbcccc-dddd");
    expect(document.activeElement).toBe(screen.getByRole("heading"));
    routes["GET api/v1/session"] = is({});
    press("I have kept them");
    await shown();
  });

  it("can't be set up on a server without a secret key, which is told", async () => {
    routes["GET api/v1/session"] = is({ restriction: "set_up_second_factor" });
    const detail = "this server has no secret key";
    routes["POST api/v1/account/second-factor"] = () => problem(503, "no-secret-key", { detail });
    render(<App />);
    fireEvent.click(await screen.findByRole("button", { name: "Begin" }));
    expect(await alert()).toContain(detail);
  });

  it("comes up while the reports are in sight", async () => {
    routes["GET api/v1/session"] = is({});
    render(<App />);
    await shown();
    routes["GET api/v1/session"] = is({ restriction: "set_up_second_factor" });
    routes["POST api/v1/reports/login_logout/query"] = () => problem(403, "first-things-first");
    press("Refresh");
    expect(await screen.findByRole("button", { name: "Begin" })).toBeDefined();
  });
});
