/** A webhook's secret, shown this once, and how a receiver verifies calls with it. */
import { Button, Code, Group, Modal, Stack, Tabs, Text, getDefaultZIndex } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyText } from "../../ui/CopyText";
import { Notice } from "../settings/Notice";
import { VERIFYING } from "./verifying";
import classes from "./webhooks.module.css";

export function SecretShown({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <Modal
      opened={secret !== null}
      onClose={onClose}
      title={t("webhooks.secretTitle")}
      centered
      size="xl"
      closeOnClickOutside={false}
      // Above the details, which stay open when the secret is replaced.
      zIndex={getDefaultZIndex("modal") + 1}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack gap="md">
        <Notice tone="odd" icon={<IconKey aria-hidden />}>
          {t("webhooks.secretAbout")}
        </Notice>
        <CopyText text={secret ?? ""} label={t("webhooks.secret")} />
        <HowToVerify />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("webhooks.secretKept")}</Button>
        </Group>
      </Stack>
    </Modal>
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
