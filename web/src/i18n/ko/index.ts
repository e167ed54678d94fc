/** All Korean texts, by area. */
import type { Texts } from "..";
import type { en } from "../en";
import { common } from "./common";
import { fields } from "./fields";
import { library } from "./library";
import { overview } from "./overview";
import { report } from "./report";
import { session } from "./session";
import { setup } from "./setup";
import { shell } from "./shell";
import { users } from "./users";

export const ko = { common, fields, library, overview, report, session, setup, shell, users } satisfies Texts<typeof en>;
