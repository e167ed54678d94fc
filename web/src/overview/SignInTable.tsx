/** The numbers of the chart, each bar with a link to its rows. */
import { ScrollArea, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { useBarWords } from "./bar-words";
import { type Span, attempts } from "./definitions";
import classes from "./overview.module.css";
import { ReportLink } from "./ReportLink";
import type { Bar } from "./sign-in-bars";

export function SignInTable({ bars, span }: { bars: readonly Bar[]; span: Span }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  const told = useBarWords(bars, span);
  return (
    <ScrollArea className={classes.chart} type="auto" offsetScrollbars="present">
      <Table verticalSpacing={4} stickyHeader aria-label={t("signIns.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("signIns.time")}</Table.Th>
            <Table.Th scope="col" className={classes.numeric}>
              {t("signIns.success")}
            </Table.Th>
            <Table.Th scope="col" className={classes.numeric}>
              {t("signIns.failure")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bars.map(({ from, to, success, failure }) => (
            <Table.Tr key={from}>
              <Table.Td>
                <ReportLink to={attempts(zone, { from, to })}>{told(from)}</ReportLink>
              </Table.Td>
              <Table.Td className={classes.numeric}>{format.number(success)}</Table.Td>
              <Table.Td className={classes.numeric}>{format.number(failure)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
