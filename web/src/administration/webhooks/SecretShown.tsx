/** A webhook's secret, shown this once, and how a receiver verifies calls with it. */
import { Code, Stack, Tabs, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ShownOnce } from "../../ui/ShownOnce";
import { VERIFYING } from "./verifying";
import classes from "./webhooks.module.css";

export function SecretShown({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <ShownOnce
      title={t("webhooks.secretTitle")}
      about={t("webhooks.secretAbout")}
      label={t("webhooks.secret")}
      secret={secret}
      kept={t("webhooks.secretKept")}
      size="xl"
      onClose={onClose}
    >
      <HowToVerify />
    </ShownOnce>
  );
}

function HowToVerify() {
  const { t } = useTranslation("setup");
  return (
    <Stack gap="xs">
      <Text size="sm">{t("webhooks.verify")}</Text>
      <Tabs defaultValue="Python" keepMounted={false}>
        <Tabs.List aria-label={t("webhooks.verifyExamples")}>
          {VERIFYING.map(({ language }) => (
            <Tabs.Tab key={language} value={language}>
              {language}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {VERIFYING.map(({ language, code }) => (
          <Tabs.Panel key={language} value={language} pt="xs">
            <Code block className={classes.code} tabIndex={0} aria-label={t("webhooks.verifyIn", { language })}>
              {code}
            </Code>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
