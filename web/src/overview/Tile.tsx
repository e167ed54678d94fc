/** A figure at the top: all of the tile leads to what it counts, words below it maybe to something else. */
import { Skeleton, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Definition } from "../report/types";
import classes from "./overview.module.css";
import { ReportLink } from "./ReportLink";

interface Props {
  to: Definition;
  label: string;
  /** What has to be known before anything is told. */
  asked: readonly UseQueryResult[];
  figure: string;
  beside: ReactNode;
}

export function Tile({ to, label, asked, figure, beside }: Props) {
  const { t } = useTranslation("overview");
  const isKnown = asked.every(({ data }) => data !== undefined);
  const hasFailed = !isKnown && asked.some(({ data, errorUpdatedAt }) => data === undefined && errorUpdatedAt > 0);
  return (
    <div className={classes.tile}>
      <ReportLink to={to} className={classes.tileLink}>
        <Text span size="sm" c="dimmed" className={classes.tileLabel}>
          {label}
        </Text>
        {isKnown && <span className={classes.figure}>{figure}</span>}
      </ReportLink>
      {isKnown && (
        <Text size="xs" c="dimmed" className={classes.beside}>
          {beside}
        </Text>
      )}
      {!isKnown && !hasFailed && <Skeleton height="3.1rem" width="60%" />}
      {hasFailed && (
        <Text size="xs" c="dimmed" className={classes.tileFailed}>
          {t("stale.never")}
        </Text>
      )}
    </div>
  );
}

/** Words in a tile that lead elsewhere than the tile. */
export function Aside({ to, children }: { to: Definition; children: ReactNode }) {
  return (
    <ReportLink to={to} className={classes.aside}>
      {children}
    </ReportLink>
  );
}
