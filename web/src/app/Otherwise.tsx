/** What stands where no page is: an address that means none, or a page that has failed. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { Empty, FailureNote } from "../ui/States";

function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Rollcall`;
  }, [title]);
}

export function NotFound() {
  const { t } = useTranslation();
  useTitle(t("notFoundPage.what"));
  return (
    <div className="page">
      <Empty what={t("notFoundPage.what")} advice={t("notFoundPage.advice")}>
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
  return (
    <div className="page">
      <FailureNote failure={asFailure(error)}>
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          {t("failure.reload")}
        </Button>
      </FailureNote>
    </div>
  );
}
