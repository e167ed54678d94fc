/** What is around everything: looks, words, questions to the server, and who asks. */
import { MantineProvider } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense, lazy, useMemo, useState } from "react";
import { asFailure } from "../api/failure";
import { isNotInTime } from "../api/patience";
import { Gate } from "../session/Gate";
import { SessionProvider } from "../session/session";
import { NamedCrosses } from "./NamedCrosses";
import { makeRouter } from "./router";
import { theme, variables } from "./theme";

// Nothing is said before somebody has done something.
const Notifications = lazy(async () => ({ default: (await import("@mantine/notifications")).Notifications }));

/** What a failed question is asked again for: what passes by itself, unless finding that out has taken long already. */
function retry(times: number, error: unknown): boolean {
  const failure = asFailure(error);
  return times < 2 && failure.isPassing && !isNotInTime(failure);
}

/** Whether there is a way to the server is for the request to find out: a browser that takes itself for offline would just wait. */
const ALWAYS = { networkMode: "always", refetchOnReconnect: true } as const;

function makeQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry, staleTime: 15_000, refetchOnWindowFocus: false, ...ALWAYS },
      mutations: { retry: false, networkMode: ALWAYS.networkMode },
    },
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
      <NamedCrosses>
        <QueryClientProvider client={queries}>
          <SessionProvider>
            <Gate signInError={signInError}>
              {/* What is told may be of whoever is signed in, and is hidden with their page. */}
              <Messages />
              <RouterProvider router={router} />
            </Gate>
          </SessionProvider>
        </QueryClientProvider>
      </NamedCrosses>
    </MantineProvider>
  );
}

/** Messages, where neither forms nor drawers have their buttons: below the navigation; on phones below the head. */
function Messages() {
  const isPhone = useMediaQuery("(max-width: 48em)");
  return (
    <Suspense>
      <Notifications position={isPhone ? "top-center" : "bottom-left"} containerWidth={360} autoClose={5_000} limit={3} />
    </Suspense>
  );
}
