/** For how long events are kept, what would go now, and the legal holds that stop it. */
import { Button, Group, NumberInput, Paper, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { FailureNote, Waiting } from "../../ui/States";
import { Holds } from "./Holds";
import { RetentionRun } from "./RetentionRun";
import classes from "./settings.module.css";
import { useChange } from "./use-change";

type Days = Schemas["RetentionSettings"]["days"];

const CATEGORIES = ["access", "activity", "webhook_failure", "integration_failure"] as const;
/** What a category is offered that has been kept for ever. */
const USUAL_DAYS = 365;
const MOST_DAYS = 36_500;

export function RetentionTab() {
  const retention = useQuery({ queryKey: ["retention"], queryFn: ({ signal }) => told(api.GET("/api/v1/retention", { signal })) });
  return (
    <Stack gap="md" className={classes.form}>
      {retention.isPending && <Waiting lines={5} height={36} />}
      {retention.isError && <FailureNote failure={asFailure(retention.error)} onAgain={() => void retention.refetch()} />}
      {retention.data !== undefined && <DaysForm key={JSON.stringify(retention.data.days)} days={retention.data.days} />}
      <Holds />
      <RetentionRun />
    </Stack>
  );
}

function DaysForm({ days }: { days: Days }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const { can } = useWho();
  const change = useChange(["retention"]);
  const [draft, setDraft] = useState(days);
  const disabled = !can("retention edit");
  // Only what was changed is sent: another may have changed the other categories meanwhile.
  const changed = Object.fromEntries(Object.entries(draft).filter(([category, kept]) => kept !== days[category]));
  const isChanged = Object.keys(changed).length > 0;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.run(() => api.POST("/api/v1/retention", { body: changed }), t("settings.saved"));
  };
  return (
    <Paper withBorder p="md">
      <form onSubmit={submit}>
        <Stack gap="md">
          <div>
            <Title order={2}>{t("retention.title")}</Title>
            <Text size="sm" c="dimmed">
              {t("retention.about")}
            </Text>
          </div>
          {change.failure !== null && <FailureNote failure={change.failure} />}
          {CATEGORIES.filter((category) => category in days).map((category) => (
            <Category
              key={category}
              category={category}
              days={draft[category] ?? null}
              disabled={disabled}
              onChange={(kept) => setDraft({ ...draft, [category]: kept })}
            />
          ))}
          {!disabled && (
            <Group gap="sm">
              <Button type="submit" loading={change.busy} disabled={!isChanged}>
                {common("action.save")}
              </Button>
              {isChanged && (
                <Text size="sm" c="dimmed" role="status">
                  {common("form.unsaved")}
                </Text>
              )}
            </Group>
          )}
          {disabled && (
            <Text size="sm" c="dimmed">
              {t("settings.readOnly")}
            </Text>
          )}
        </Stack>
      </form>
    </Paper>
  );
}

interface CategoryProps {
  category: (typeof CATEGORIES)[number];
  days: number | null;
  disabled: boolean;
  onChange: (days: number | null) => void;
}

function Category({ category, days, disabled, onChange }: CategoryProps) {
  const { t } = useTranslation("setup");
  return (
    <Group gap="md" justify="space-between" role="group" aria-label={t(`category.${category}`)} className={classes.line}>
      <div className={classes.lineText}>
        <Text size="sm" fw={550}>
          {t(`category.${category}`)}
        </Text>
        <Text size="xs" c="dimmed">
          {t(`categoryHint.${category}`)}
        </Text>
      </div>
      <Group gap="md">
        <Switch
          label={t("retention.forEver")}
          aria-label={`${t("retention.forEver")}: ${t(`category.${category}`)}`}
          checked={days === null}
          onChange={(event) => onChange(event.currentTarget.checked ? null : USUAL_DAYS)}
          disabled={disabled}
        />
        <NumberInput
          aria-label={t("retention.daysOf", { category: t(`category.${category}`) })}
          suffix={t("retention.days")}
          value={days ?? ""}
          onChange={(next) => onChange(typeof next === "number" ? next : days)}
          min={1}
          max={MOST_DAYS}
          allowDecimal={false}
          thousandSeparator=" "
          disabled={disabled || days === null}
          w={140}
        />
      </Group>
    </Group>
  );
}
