import { useEffect, useState } from "react";
import type { ApiClient } from "./client.ts";
import { useApi } from "./api-context.ts";
import { eventsIn } from "./event-stream.ts";
import type { OverviewOut } from "./shapes.ts";

export interface LiveOverview {
  /** The newest; undefined: none has come yet. */
  readonly overview: OverviewOut | undefined;
  /** Why there is no newer one; undefined: it is live. */
  readonly error: Error | undefined;
}

/** The server ends a stream now and then, to see that the session is still good. */
const reopenMs = 500;
const retryMs = 3_000;

/** How everything is doing, from second to second, for as long as whoever uses this is shown. */
export function useOverview(): LiveOverview {
  const api = useApi();
  const [live, setLive] = useState<LiveOverview>({ overview: undefined, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    void watch(api, abort.signal, setLive);
    return () => abort.abort();
  }, [api]);
  return live;
}

async function watch(
  api: ApiClient,
  signal: AbortSignal,
  tell: (change: (before: LiveOverview) => LiveOverview) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const data of eventsIn(await api.open("/api/v1/overview/stream", signal))) {
        const overview = JSON.parse(data) as OverviewOut; // by the API's document
        tell(() => ({ overview, error: undefined }));
      }
      await passed(reopenMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error : new Error(String(error));
      tell(({ overview }) => ({ overview, error: why }));
      await passed(retryMs, signal);
    }
  }
}

/** Resolves at once when the signal comes. */
function passed(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = () => {
    clearTimeout(timer);
    resolve();
  };
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", stop));
}
