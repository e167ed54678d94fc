/** What is around everything: looks, words, questions to the server, and who asks. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense, lazy, useMemo, useState } from "react";
import { asFailure } from "../api/failure";
import { Gate } from "../session/Gate";
import { SessionProvider } from "../session/session";
import { makeRouter } from "./router";
import { theme, variables } from "./theme";

// Nothing is said before somebody has done something.
const Notifications = lazy(async () => ({ default: (await import("@mantine/notifications")).Notifications }));

/** What a failed question is asked again for: what passes by itself. */
function retry(times: number, error: unknown): boolean {
  return times < 2 && asFailure(error).isPassing;
}

export function makeQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry, staleTime: 15_000, refetchOnWindowFocus: false }, mutations: { retry: false } },
  });
}

/** The nonce that the server gives the styles of this page. */
function nonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
}

// What keeps the page from scrolling behind a dialog brings a style, and looks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce() });

export function App({ signInError }: { signInError: string | null }) {
  const [queries] = useState(makeQueries);
  const router = useMemo(() => makeRouter(), []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={nonce}>
      <Suspense>
        {/* Where no form has its buttons. */}
        <Notifications position="top-center" containerWidth={360} autoClose={5_000} limit={3} />
      </Suspense>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <Suspense>
            <Gate signInError={signInError}>
              <RouterProvider router={router} />
            </Gate>
          </Suspense>
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
