/** The page of one kind of report: what its address asks for. */
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { entryOf } from "../app/navigation";
import { mayView } from "../app/rights";
import type { Search } from "../app/search";
import { useWho } from "../session/session";
import { Page } from "../ui/Page";
import { FailureNote, NoPermission, Waiting } from "../ui/States";
import { ReportView } from "./ReportView";
import { useOffers } from "./ask";
import type { KindOffer, ReportKind } from "./types";

export function ReportPage() {
  const { kind } = useParams({ from: "/report/$kind" });
  const search = useSearch({ from: "/report/$kind" });
  const { t } = useTranslation("shell");
  return (
    <OfKind kind={kind} title={t(`page.${kind}`)}>
      {(offer) => <Asked key={kind} offer={offer} search={search} />}
    </OfKind>
  );
}

interface KindProps {
  kind: ReportKind;
  title: string;
  children: (offer: KindOffer) => ReactNode;
}

/** A kind of report, for those who may see it. For others nothing is asked: the server would refuse all of it. */
export function OfKind(props: KindProps) {
  const who = useWho();
  if (mayView(props.kind, who)) return <Offered {...props} />;
  return (
    <Page title={props.title}>
      <NoPermission needed={entryOf(props.kind).needs} />
    </Page>
  );
}

/** What a kind of report offers, once that is known. */
function Offered({ kind, title, children }: KindProps) {
  const { offers, error, refetch } = useOffers();
  const offer = offers?.find(({ report }) => report === kind);
  if (offer !== undefined) return children(offer);
  return <Page title={title}>{error === null ? <Waiting lines={12} /> : <FailureNote failure={asFailure(error)} onAgain={refetch} />}</Page>;
}

function Asked({ offer, search }: { offer: KindOffer; search: Search }) {
  const navigate = useNavigate();
  const { t } = useTranslation("shell");
  const kind = offer.report as ReportKind;
  const go = useCallback(
    (next: Search, replaces: boolean) => void navigate({ to: "/report/$kind", params: { kind }, search: next, replace: replaces }),
    [navigate, kind],
  );
  return <ReportView offer={offer} search={search} go={go} title={t(`page.${kind}`)} about={t(`about.${kind}`)} saved={null} />;
}
