/** Hands a file to the browser, which keeps it where downloads go. */
import { fetchFile } from "../api/client";

/** Has the browser keep what is in memory under a name. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Has the browser keep a text under a name. */
export function saveText(text: string, name: string, type: string): void {
  saveBlob(new Blob([text], { type }), name);
}

/** Fetches a file from the server and has the browser keep it under the name that the server gives it. Gives that name. */
export async function saveFrom(path: string, request: RequestInit = {}): Promise<string> {
  const { blob, name } = await fetchFile(path, request);
  saveBlob(blob, name);
  return name;
}
