import { Page } from "../ui/Page";

export function SavedReportPage() {
  return <Page title="SavedReportPage">…</Page>;
}
