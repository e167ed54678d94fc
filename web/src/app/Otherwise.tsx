/** What stands where no page is: an address that means none, or a page that has failed. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { IconRefresh } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure, asFailure } from "../api/failure";
import { useTitle } from "../ui/Page";
import { Empty, FailureNote, Waiting } from "../ui/States";
import { type Version, isMissingPart, versionNow } from "./version";

export function NotFound() {
  const { t } = useTranslation();
  return <Nowhere what={t("notFoundPage.what")} />;
}

export function NoSuchReport() {
  const { t } = useTranslation();
  return <Nowhere what={t("notFoundPage.report")} />;
}

function Nowhere({ what }: { what: string }) {
  const { t } = useTranslation();
  useTitle(what);
  return (
    <div className="page">
      <Empty what={what} advice={t("notFoundPage.advice")}>
        <Button renderRoot={(props) => <Link to="/overview" {...props} />} variant="default">
          {t("notFoundPage.home")}
        </Button>
      </Empty>
    </div>
  );
}

export function PageFailed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  useTitle(t("failure.page"));
  return <div className="page">{isMissingPart(error) ? <PartMissing error={error} /> : <Failed failure={asFailure(error)} />}</div>;
}

/** A part of the page could not be fetched: the server has another version now, can't be reached, or neither. */
function PartMissing({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const [version, setVersion] = useState<Version | null>(null);
  useEffect(() => {
    void versionNow().then(setVersion);
  }, []);
  if (version === null) return <Waiting lines={3} />;
  if (version === "same") return <Failed failure={asFailure(error)} />;
  if (version === "unreachable") return <Failed failure={new Failure(null)} />;
  return (
    <Empty what={t("updated.what")} advice={t("updated.advice")} icon={<IconRefresh size={22} aria-hidden />}>
      <Button onClick={() => window.location.reload()}>{t("failure.reload")}</Button>
    </Empty>
  );
}

function Failed({ failure }: { failure: Failure }) {
  const { t } = useTranslation();
  return (
    <FailureNote failure={failure}>
      <Button size="xs" variant="default" onClick={() => window.location.reload()}>
        {t("failure.reload")}
      </Button>
    </FailureNote>
  );
}
