import type { Texts } from "..";
import type { setup as english } from "../en/setup";

export const setup: Texts<typeof english> = {};
