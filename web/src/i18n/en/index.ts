/** All English texts, by area. */
import { common } from "./common";
import { fields } from "./fields";
import { library } from "./library";
import { overview } from "./overview";
import { report } from "./report";
import { session } from "./session";
import { setup } from "./setup";
import { shell } from "./shell";
import { users } from "./users";

export const en = { common, fields, library, overview, report, session, setup, shell, users } as const;
