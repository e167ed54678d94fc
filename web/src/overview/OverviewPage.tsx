/** How things stand: who is signed in, what has failed, what was forgotten, and whether all of it has come. */
import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { entryOf } from "../app/navigation";
import { useWho } from "../session/session";
import { Page } from "../ui/Page";
import { NoPermission } from "../ui/States";
import { DormantAgents } from "./DormantAgents";
import { ForcedOperations } from "./ForcedOperations";
import { OpenSessions } from "./OpenSessions";
import classes from "./overview.module.css";
import { SignedInNow } from "./SignedInNow";
import { SignIns } from "./SignIns";
import { Sources } from "./Sources";
import { DormantTile, ForcedTile, SignInTiles, SignedInTile } from "./Tiles";

export function OverviewPage() {
  const { t } = useTranslation("overview");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const queries = useQueryClient();
  const isFetching = useIsFetching({ queryKey: ["overview"] }) > 0;
  const { needs } = entryOf("overview");
  const seesSessions = can("login_logout view", "own_sessions view");
  const seesLog = can("sign_in_log view", "own_sessions view");
  // Of one's own sessions alone, nobody else is missing.
  const seesOthers = can("sign_in_log view");
  if (!can(...needs)) {
    return (
      <Page title={t("title")}>
        <NoPermission needed={needs} />
      </Page>
    );
  }
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => void queries.invalidateQueries({ queryKey: ["overview"] })}
          aria-busy={isFetching}
        >
          {common("action.refresh")}
        </Button>
      }
    >
      <div className={classes.tiles}>
        {seesSessions && <SignedInTile />}
        {seesLog && <SignInTiles />}
        {seesLog && <ForcedTile />}
        {seesOthers && <DormantTile />}
      </div>
      <div className={classes.cards}>
        {seesLog && <SignIns />}
        {seesSessions && <SignedInNow />}
        {seesSessions && <OpenSessions />}
        {seesLog && <ForcedOperations />}
        {seesOthers && <DormantAgents />}
        {(seesSessions || seesLog) && <Sources asks={seesSessions ? "login_logout" : "sign_in_log"} />}
      </div>
    </Page>
  );
}
