import { Page } from "../ui/Page";

export function ReportPage() {
  return <Page title="ReportPage">…</Page>;
}
