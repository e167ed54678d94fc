/** What a test has tried, in turn, and how far it came. */
import { List, Text, ThemeIcon } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Notice } from "./Notice";

const KNOWN = [
  "address",
  "allowed",
  "answer",
  "bucket",
  "configuration",
  "connection",
  "delete",
  "folder",
  "mail",
  "name",
  "sign-in",
  "tls",
  "write",
] as const;

export interface Step {
  step: string;
  ok: boolean;
  words: string;
}

export function Steps({ ok, steps }: { ok: boolean; steps: readonly Step[] }) {
  const { t } = useTranslation("setup");
  return (
    <Notice tone={ok ? "good" : "bad"} appears title={ok ? t("test.ok") : t("test.failed")}>
      <List spacing={6} size="sm" listStyleType="none">
        {steps.map((step, at) => {
          const known = KNOWN.find((name) => name === step.step);
          return (
            <List.Item
              key={at}
              icon={
                <ThemeIcon size={20} radius="xl" variant="filled" color={step.ok ? "green.8" : "red.8"} role="img" aria-label={step.ok ? t("test.stepOk") : t("test.stepFailed")}>
                  {step.ok ? <IconCheck size={13} aria-hidden /> : <IconX size={13} aria-hidden />}
                </ThemeIcon>
              }
            >
              <Text span size="sm" fw={600}>
                {known === undefined ? step.step : t(`test.step.${known}`)}
              </Text>
              {": "}
              {step.words}
            </List.Item>
          );
        })}
      </List>
    </Notice>
  );
}
