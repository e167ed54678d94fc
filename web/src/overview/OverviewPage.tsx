/** How things stand: who is signed in, what has failed, what was forgotten, and whether all of it has come. */
import { Button, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { entryOf } from "../app/navigation";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { useWho } from "../session/session";
import { Page } from "../ui/Page";
import { NoPermission } from "../ui/States";
import { DormantAgents } from "./DormantAgents";
import { ForcedOperations } from "./ForcedOperations";
import { useFreshness } from "./freshness";
import { OpenSessions } from "./OpenSessions";
import classes from "./overview.module.css";
import { RefreshNote } from "./RefreshNote";
import { SignedInNow } from "./SignedInNow";
import { SignIns } from "./SignIns";
import { Sources } from "./Sources";
import { DormantTile, ForcedTile, SignInTiles, SignedInTile } from "./Tiles";

export function OverviewPage() {
  const { t } = useTranslation("overview");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const queries = useQueryClient();
  const format = useFormat();
  const isFetching = useIsFetching({ queryKey: ["overview"] }) > 0;
  const freshness = useFreshness();
  const { asOf } = freshness;
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ["overview"] });
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
        <>
          {asOf !== null && (
            <Text size="sm" c="dimmed" className={classes.asOf}>
              {t("asOf", { time: format.time(new Date(asOf).toISOString(), browserZone()) })}
            </Text>
          )}
          <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={refresh} aria-busy={isFetching}>
            {common("action.refresh")}
          </Button>
        </>
      }
    >
      <RefreshNote freshness={freshness} isBusy={isFetching} onAgain={refresh} />
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
