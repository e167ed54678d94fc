/** The server doesn't answer who it is: what that means, and the next attempt, which comes by itself. */
import { Button, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Failure, explain } from "../api/failure";
import { ServerWords } from "../ui/ServerWords";
import { Card } from "./Card";

const AGAIN_MS = 5_000;

export function Away({ failure, onAgain }: { failure: Failure; onAgain: () => void }) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation("common");
  const { what, why, advice } = explain(failure, common);
  const { isPassing } = failure;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Each failed attempt is followed by one more: no two wait at the same time for a server that has stopped.
  useEffect(() => {
    if (!failure.isPassing) return undefined;
    timer.current = setTimeout(onAgain, AGAIN_MS);
    return () => clearTimeout(timer.current);
  }, [failure, onAgain]);
  const againNow = (): void => {
    clearTimeout(timer.current);
    onAgain();
  };
  return (
    <Card title={what} beginAtTitle onSubmit={againNow}>
      {why !== undefined && (
        <Text size="sm">
          <ServerWords text={why} told byPage={failure.status === 0} />
        </Text>
      )}
      <Text size="sm">{advice}</Text>
      {isPassing && (
        <Text size="sm" c="dimmed">
          {t("away")}
        </Text>
      )}
      <Button type="submit">{common("action.again")}</Button>
    </Card>
  );
}
