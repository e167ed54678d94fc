/** For how long events are kept, what would go now, and the legal holds that stop it. */
import { Group, Paper, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { Form } from "../../ui/Form";
import { NumberField } from "../../ui/NumberField";
import { FailureNote, Waiting } from "../../ui/States";
import { useUnsaved } from "../../ui/unsaved";
import { useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import { Holds } from "./Holds";
import { RetentionRun } from "./RetentionRun";
import { SaveButton } from "./Setting";
import classes from "./settings.module.css";
import { useStored } from "./use-change";

type Days = Schemas["RetentionSettings"]["days"];
/** Days, null if it is kept for ever; while one types, nothing. */
type Kept = number | null | "";

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
      {retention.data !== undefined && <DaysForm days={retention.data.days} />}
      <Holds />
      <RetentionRun />
    </Stack>
  );
}

function DaysForm({ days }: { days: Days }) {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const draft = useDraft<Record<string, Kept>>({ value: days, tag: JSON.stringify(days) });
  const saving = useSaving([]);
  const stored = useStored(["retention"]);
  const disabled = !can("retention edit");
  const { isChanged } = draft;
  useUnsaved(isChanged);
  const save = async (): Promise<void> => {
    // Only what was changed is sent: another may have changed the other categories meanwhile, which may have come already.
    const changed = Object.fromEntries(Object.entries(draft.value).filter(([category, kept]) => kept !== draft.began[category]));
    await api.POST("/api/v1/retention", { body: changed as Record<string, number | null> });
    const value = { ...days, ...changed } as Days;
    draft.saved({ value, tag: JSON.stringify(value) });
    await stored(t("settings.saved"));
  };
  const submit = (): void => {
    if (isChanged && !disabled) saving.run({ save });
  };
  return (
    <Paper withBorder p="md">
      <Form busy={saving.busy} onSubmit={submit}>
        <Stack gap="md">
          <div>
            <Title order={2}>{t("retention.title")}</Title>
            <Text size="sm" c="dimmed">
              {t("retention.about")}
            </Text>
          </div>
          {saving.failure !== null && <FailureNote failure={saving.failure} />}
          {CATEGORIES.filter((category) => category in days).map((category) => (
            <Category
              key={category}
              category={category}
              kept={draft.value[category] ?? null}
              disabled={disabled}
              onChange={(kept) => draft.set({ [category]: kept })}
            />
          ))}
          {!disabled && (
            <Group gap="sm">
              <SaveButton busy={saving.busy} isChanged={isChanged} />
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
      </Form>
    </Paper>
  );
}

interface CategoryProps {
  category: (typeof CATEGORIES)[number];
  kept: Kept;
  disabled: boolean;
  onChange: (kept: Kept) => void;
}

function Category({ category, kept, disabled, onChange }: CategoryProps) {
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
          checked={kept === null}
          onChange={(event) => onChange(event.currentTarget.checked ? null : USUAL_DAYS)}
          disabled={disabled}
        />
        <NumberField
          aria-label={t("retention.daysOf", { category: t(`category.${category}`) })}
          suffix={t("retention.days")}
          value={kept === "" ? null : kept}
          onChange={(days) => onChange(days ?? "")}
          min={1}
          max={MOST_DAYS}
          thousandSeparator=" "
          disabled={disabled || kept === null}
          w={160}
        />
      </Group>
    </Group>
  );
}
