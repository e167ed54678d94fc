/** Somebody is signed in elsewhere: since when, from where, with what. */
import { Alert, Text } from "@mantine/core";
import { IconDeviceDesktopShare } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Elsewhere } from "../api/failure";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { browserOf } from "./browser";

export function SignedInElsewhere({ elsewhere }: { elsewhere: Elsewhere | null }) {
  const { t } = useTranslation("session");
  const format = useFormat();
  const zone = browserZone();
  const browser = browserOf(elsewhere?.user_agent);
  return (
    <Alert role="alert" color="yellow" variant="light" icon={<IconDeviceDesktopShare aria-hidden />}>
      <Text size="sm">
        {elsewhere === null
          ? t("elsewhereUnknown")
          : t("elsewhere", { since: `${format.moment(elsewhere.since, zone)} (${format.zone(zone, Date.parse(elsewhere.since))})` })}
      </Text>
      {elsewhere?.source_ip != null && <Text size="sm">{t("elsewhereFrom", { address: elsewhere.source_ip })}</Text>}
      {browser !== null && (
        <Text size="sm">
          {browser.system === null
            ? t("elsewhereWith", { browser: browser.browser })
            : t("elsewhereWithOn", { browser: browser.browser, system: browser.system })}
        </Text>
      )}
      <Text size="sm" mt={4}>
        {t("forceHint")}
      </Text>
    </Alert>
  );
}
