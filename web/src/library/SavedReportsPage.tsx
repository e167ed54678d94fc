import { Page } from "../ui/Page";

export function SavedReportsPage() {
  return <Page title="SavedReportsPage">…</Page>;
}
