/** The activity audit begins with a question: which application, and which period. */
import { Button, Chip, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { asFailure } from "../api/failure";
import { FailureNote, Waiting } from "../ui/States";
import { RangeControl } from "./RangeControl";
import { useFacet } from "./ask";
import type { Definition, KindOffer, Range } from "./types";
import { presetWords } from "./vocabulary";
import { useWords } from "./words";

interface Props {
  /** What is proposed, such as what was looked at before. */
  definition: Definition;
  offer: KindOffer;
  onGo: (definition: Definition) => void;
}

export function AuditPrompt({ definition, offer, onGo }: Props) {
  const { t, format } = useWords();
  const [range, setRange] = useState<Range>(definition.range);
  const [application, setApplication] = useState<string | null>(applicationOf(definition));
  const question = { ...definition, range, filters: [] };
  const { data, error, isPending, refetch } = useFacet(question, "application", "", null, true);
  const go = (): void => onGo({ ...definition, range, filters: application === null ? [] : [{ field: "application", op: "in", values: [application] }] });
  const preset = "preset" in range ? range.preset : null;
  return (
    <Paper withBorder p="lg" maw={880}>
      <Stack
        component="form"
        gap="md"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          go();
        }}
      >
        <div>
          <Title order={2}>{t("report:prompt.title")}</Title>
          <Text size="sm" c="dimmed">
            {t("report:prompt.about")}
          </Text>
        </div>
        <div>
          <Text size="sm" fw={600} mb={6} id="prompt-period">
            {t("report:prompt.period")}
          </Text>
          <Group gap={6} role="group" aria-labelledby="prompt-period">
            {offer.presets.map((name) => (
              <Button key={name} size="compact-sm" variant={name === preset ? "filled" : "default"} aria-pressed={name === preset} onClick={() => setRange({ preset: name })}>
                {presetWords(name, t)}
              </Button>
            ))}
            <RangeControl definition={{ range, time_zone: definition.time_zone }} offer={offer} resolved={undefined} onChange={setRange} />
          </Group>
        </div>
        <div>
          <Text size="sm" fw={600} mb={6} id="prompt-application">
            {t("report:prompt.application")}
          </Text>
          {error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
          {isPending && <Waiting lines={2} height={28} />}
          {data !== undefined && (
            <Chip.Group multiple={false} value={application ?? ""} onChange={(value) => setApplication(value === "" ? null : value)}>
              <Group gap={6} role="radiogroup" aria-labelledby="prompt-application">
                <Chip size="xs" value="">
                  {t("report:prompt.anyApplication")}
                </Chip>
                {data.values.map(({ value, label, rows }) => (
                  <Chip key={String(value)} size="xs" value={String(value)}>
                    {label ?? String(value)} ({format.number(rows)})
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          )}
        </div>
        <Group>
          <Button type="submit">{t("report:prompt.go")}</Button>
        </Group>
      </Stack>
    </Paper>
  );
}

/** The one application that a definition looks at; null if it is all of them, or several. */
function applicationOf({ filters }: Definition): string | null {
  const values = filters.find(({ field, op }) => field === "application" && op === "in")?.values ?? [];
  return values.length === 1 ? (values[0] ?? null) : null;
}
