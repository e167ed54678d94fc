/**
 * What tabs of one browser tell each other: that whoever is signed in has changed. Who it is now each asks the server
 * itself: nothing is told here that another page could use.
 */
import { BASE } from "../api/client";

/** Somebody has signed out; or another one is signed in now, or acts as somebody else, or has ended that. */
export type News = "signedOut" | "changed";

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`rollcall.session ${BASE}`);

export function tellOtherTabs(news: News): void {
  channel?.postMessage(news);
}

/** Calls `listener` with what another tab tells; the answer ends that. */
export function onNews(listener: (news: News) => void): () => void {
  const hear = ({ data }: MessageEvent<unknown>): void => {
    if (data === "signedOut" || data === "changed") listener(data);
  };
  channel?.addEventListener("message", hear);
  return () => channel?.removeEventListener("message", hear);
}
