import { useEffect, useState } from "react";
import { useApi } from "./api-context.ts";
import type { OverviewOut } from "./shapes.ts";
import { watchEvents } from "./watch-events.ts";

export interface LiveOverview {
  /** The newest; undefined: none has come yet. */
  readonly overview: OverviewOut | undefined;
  /** Why there is no newer one; undefined: it is live. */
  readonly error: Error | undefined;
}

/** How everything is doing, from second to second, for as long as whoever uses this is shown. */
export function useOverview(): LiveOverview {
  const api = useApi();
  const [live, setLive] = useState<LiveOverview>({ overview: undefined, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    void watchEvents(api, "/api/v1/overview/stream", abort.signal, {
      onEvent: (data) => setLive({ overview: JSON.parse(data) as OverviewOut, error: undefined }), // by the API's document
      onError: (error) => setLive(({ overview }) => ({ overview, error })),
    });
    return () => abort.abort();
  }, [api]);
  return live;
}
