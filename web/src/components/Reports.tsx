/** What is shown to somebody who is signed in: asks once which reports there are, then shows the one of the address. */
import { useEffect, useState } from "react";
import type { KindOffer } from "../api-types";
import type { Api } from "../api";
import type { Failure } from "../failure";
import { asFailure } from "../use-report";
import { useView } from "../use-view";
import { completed, ofKind } from "../definition";
import { browserZone } from "../clock";
import { Masthead } from "./Masthead";
import { Note, ProblemNote } from "./ProblemNote";
import { ReportPage } from "./ReportPage";

interface Props {
  api: Api;
  /** Who is signed in, if it is somebody. */
  name?: string;
  onSignOut: () => void;
}

export function Reports({ api, name, onSignOut }: Props) {
  const [offers, setOffers] = useState<readonly KindOffer[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    api.catalogue(controller.signal).then(
      (catalogue) => {
        if (!controller.signal.aborted) setOffers(catalogue.reports);
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setFailure(asFailure(error));
      },
    );
    return () => controller.abort();
  }, [api, attempt]);

  if (offers !== null) return <Viewed api={api} offers={offers} name={name} onSignOut={onSignOut} />;
  const again = (): void => {
    setFailure(null);
    setAttempt(attempt + 1);
  };
  return (
    <>
      <Masthead tabs={[]} name={name} onSignOut={onSignOut} />
      <main className="page">
        {failure === null ? <p className="quiet">Loading…</p> : <ProblemNote failure={failure} onAgain={again} />}
      </main>
    </>
  );
}

interface ViewedProps {
  api: Api;
  offers: readonly KindOffer[];
  name: string | undefined;
  onSignOut: () => void;
}

function Viewed({ api, offers, name, onSignOut }: ViewedProps) {
  const [view, goTo] = useView(offers);
  const fresh = (): void => goTo(completed({}, offers, browserZone()));
  const definition = "definition" in view ? view.definition : null;
  const offer = offers.find((kind) => kind.report === definition?.report);
  useEffect(() => {
    document.title = offer === undefined ? "Rollcall" : `${offer.label} · Rollcall`;
  }, [offer]);
  const tabs = offers.map((kind) => ({ kind, definition: ofKind(definition ?? completed({}, offers, browserZone()), kind, offer) }));
  return (
    <>
      <Masthead tabs={tabs} current={definition?.report} name={name} onSignOut={onSignOut} />
      <main className="page">
        {definition !== null && offer !== undefined ? (
          // Open forms belong to a kind of report; another kind begins with none.
          <ReportPage key={offer.report} api={api} offer={offer} definition={definition} onChange={goTo} onFresh={fresh} />
        ) : (
          <Note
            what="The address can't be read"
            why={"damaged" in view ? view.damaged : undefined}
            advice="It may have been cut off when it was copied."
          >
            <button type="button" onClick={fresh}>
              Start with a fresh view
            </button>
          </Note>
        )}
      </main>
    </>
  );
}
