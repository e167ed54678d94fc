/** A saved report, opened: its definition as it was saved, until something of it is changed here. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import type { Search } from "../app/search";
import { browserZone } from "../i18n/clock";
import { savedReport } from "../library/questions";
import { Page } from "../ui/Page";
import { FailureNote, Waiting } from "../ui/States";
import { OfKind } from "./ReportPage";
import { ReportView } from "./ReportView";
import type { Definition, ReportKind } from "./types";

export function SavedReportPage() {
  const { id } = useParams({ from: "/saved/$id" });
  const search = useSearch({ from: "/saved/$id" });
  const navigate = useNavigate();
  const { t } = useTranslation("shell");
  const { data, error, refetch } = useQuery(savedReport(id));
  const go = useCallback(
    (next: Search, replaces: boolean) => void navigate({ to: "/saved/$id", params: { id }, search: next, replace: replaces }),
    [navigate, id],
  );
  if (data === undefined) {
    return (
      <Page title={t("page.saved")}>
        {error === null ? <Waiting lines={12} /> : <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
      </Page>
    );
  }
  const definition = { time_zone: browserZone(), ...(data.definition as unknown as Partial<Definition>) };
  const { report: _, ...usual } = definition;
  const kind = data.report as ReportKind;
  return (
    <OfKind kind={kind} title={data.name}>
      {(offer) => <ReportView key={id} offer={offer} search={search} go={go} title={data.name} about={t(`page.${kind}`)} saved={{ entry: data, usual }} />}
    </OfKind>
  );
}
