/** A card of the overview: what it tells, and while that is not there, why. */
import { Box, Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import classes from "./overview.module.css";

interface Props<T> {
  title: string;
  about?: string;
  /** Leads to all that the card tells a part of. */
  all?: ReactNode;
  /** Stands at the end of the heading. */
  tools?: ReactNode;
  asked: UseQueryResult<T>;
  /** How high what comes will be, in rem. */
  height: "low" | "high";
  className?: string | undefined;
  children: (answer: T) => ReactNode;
}

export function Card<T>({ title, about, all, tools, asked: { data, errorUpdatedAt }, height, className, children }: Props<T>) {
  const { t } = useTranslation(["common", "overview"]);
  const id = useId();
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={id} className={className === undefined ? classes.card : `${classes.card} ${className}`}>
      <Group justify="space-between" align="flex-start" gap="xs" mb="sm">
        <Box className={classes.head}>
          <Title order={2} id={id}>
            {title}
          </Title>
          {about !== undefined && (
            <Text size="xs" c="dimmed">
              {about}
            </Text>
          )}
        </Box>
        {tools}
      </Group>
      <Box className={height === "high" ? classes.high : classes.low}>
        {/* What is known is shown on, also if it could not be looked at anew. Why not stands above all cards. */}
        {data !== undefined && children(data)}
        {data === undefined && errorUpdatedAt === 0 && (
          <Skeleton className={height === "high" ? classes.high : classes.low} role="status" aria-label={t("word.loading")} />
        )}
        {data === undefined && errorUpdatedAt > 0 && <Nothing what={t("overview:stale.never")} />}
      </Box>
      {all !== undefined && <Group gap="md" mt="sm">{all}</Group>}
    </Paper>
  );
}

/** Nothing there, which is often good to know. */
export function Nothing({ what }: { what: string }) {
  return (
    <Text size="sm" c="dimmed" py="md">
      {what}
    </Text>
  );
}
