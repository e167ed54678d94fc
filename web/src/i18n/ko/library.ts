import type { Texts } from "..";
import type { library as english } from "../en/library";

export const library: Texts<typeof english> = {};
