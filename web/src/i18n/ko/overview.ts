import type { Texts } from "..";
import type { overview as english } from "../en/overview";

export const overview: Texts<typeof english> = {};
