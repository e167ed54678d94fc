import type { Texts } from "..";
import type { users as english } from "../en/users";

export const users: Texts<typeof english> = {};
