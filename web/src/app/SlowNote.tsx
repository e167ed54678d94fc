/** Tells that an answer takes longer than usual: whoever waits knows why. */
import { Text } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isSlow, onSlowness } from "../api/patience";

export function SlowNote() {
  const { t } = useTranslation("shell");
  const slow = useSyncExternalStore(onSlowness, isSlow);
  return (
    <div role="status" className="slow">
      {slow && <Text size="xs">{t("slow")}</Text>}
    </div>
  );
}
