import { afterEach, expect, it, vi } from "vitest";
import type { PageAsked } from "../ask";
import { answerOf } from "../fixtures";
import type { Answer, Definition, Row } from "../types";
import { PAGE_ROWS, RowStore } from "./row-store";

const asked: PageAsked[] = [];
let fail = false;

vi.mock("../ask", () => ({
  askPage: (_: Definition, page: PageAsked): Promise<Answer> => {
    asked.push(page);
    if (fail) return Promise.reject(new Error("away"));
    // A cursor says after how many rows it goes on.
    return Promise.resolve(pageFrom(Number(page.cursor ?? 0) + (page.offset ?? 0)));
  },
}));

afterEach(() => {
  asked.length = 0;
  fail = false;
});

const TOTAL = 1_000_000;
const DEFINITION: Definition = { report: "login_logout", range: { preset: "today" }, time_zone: "UTC", filters: [], sort: [] };

function pageFrom(from: number): Answer {
  const rows = Array.from({ length: Math.min(PAGE_ROWS, TOTAL - from) }, (_, at): Row => ({ session_key: `s${from + at}` }));
  return answerOf(rows, { total: TOTAL, next_cursor: from + rows.length < TOTAL ? String(from + rows.length) : null });
}

async function settled(store: RowStore): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = store.subscribe(() => {
      stop();
      resolve();
    });
  });
}

it("goes on at the cursor of the page before", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  store.want(150, 250);
  await settled(store);
  expect(asked).toEqual([{ limit: PAGE_ROWS, cursor: "200" }]);
  expect(store.row(250)?.session_key).toBe("s250");
});

it("finds a page far below by its distance from the first", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  store.want(500_010, 500_050);
  await settled(store);
  expect(asked).toEqual([{ limit: PAGE_ROWS, cursor: "200", offset: 499_800 }]);
  expect(store.row(500_010)?.session_key).toBe("s500010");
  expect(store.row(499_999)).toBeUndefined();
});

it("asks for nothing that is there, and for no more than is looked at", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  store.want(0, 199);
  expect(asked).toEqual([]);
  store.want(TOTAL - 10, TOTAL + 100);
  await settled(store);
  expect(asked).toHaveLength(1);
  expect(store.row(TOTAL - 1)?.session_key).toBe(`s${TOTAL - 1}`);
});

it("keeps a bounded number of pages, the first among them", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  for (let place = 1; place <= 130; place += 1) {
    store.want(place * PAGE_ROWS, place * PAGE_ROWS + 10);
    await settled(store);
  }
  expect(store.row(0)).toBeDefined();
  expect(store.row(PAGE_ROWS)).toBeUndefined();
  expect(store.row(130 * PAGE_ROWS)).toBeDefined();
});

it("finds a row among those that have come", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  const placeOf = (key: string) => store.placeOf((row) => row.session_key === key);
  expect(placeOf("s150")).toBe(150);
  expect(placeOf("s450")).toBeNull();
  store.want(450, 460);
  await settled(store);
  expect(placeOf("s450")).toBe(450);
});

it("says that rows could not be fetched, and fetches them when it is told to try again", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  fail = true;
  store.want(400, 450);
  await settled(store);
  expect(store.failure?.message).toBe("away");
  fail = false;
  store.again();
  await settled(store);
  expect(store.failure).toBeNull();
  expect(store.row(400)?.session_key).toBe("s400");
});

it("fetches what is looked at again after it was stopped", async () => {
  const store = new RowStore(DEFINITION, pageFrom(0));
  store.stop();
  store.want(150, 250);
  await settled(store);
  expect(store.row(250)?.session_key).toBe("s250");
});
