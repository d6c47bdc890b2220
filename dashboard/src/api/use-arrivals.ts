import { useEffect, useState } from "react";
import { limits } from "../../../src/core/limits.ts";
import { useApi } from "./api-context.ts";
import { path } from "./client.ts";
import type { EndpointAddress } from "./resources.ts";
import type { ArrivalOut, ArrivalsOut } from "./shapes.ts";
import { watchEvents } from "./watch-events.ts";

export interface LiveArrivals {
  /** The newest first, as many as the server keeps; undefined: none was told yet. */
  readonly arrivals: readonly ArrivalOut[] | undefined;
  /** Why nothing newer is told; undefined: it is live. */
  readonly error: Error | undefined;
}

/** What comes to an endpoint at the inspector, for as long as whoever uses this is shown. */
export function useArrivals({ application, endpoint }: EndpointAddress): LiveArrivals {
  const api = useApi();
  const [live, setLive] = useState<LiveArrivals>({ arrivals: undefined, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    const stream = path`/api/v1/app/${application}/endpoint/${endpoint}/arrival/stream`;
    void watchEvents(api, stream, abort.signal, {
      onEvent: (data) => {
        const { data: told } = JSON.parse(data) as ArrivalsOut; // by the API's document
        setLive(({ arrivals }) => ({ arrivals: merged(arrivals ?? [], told), error: undefined }));
      },
      onError: (error) => setLive(({ arrivals }) => ({ arrivals, error })),
    });
    return () => abort.abort();
  }, [api, application, endpoint]);
  return live;
}

/** Of one that is told again, what was told last. Ids sort by time. */
function merged(known: readonly ArrivalOut[], told: readonly ArrivalOut[]): readonly ArrivalOut[] {
  const byId = new Map([...known, ...told].map((arrival) => [arrival.id, arrival]));
  return [...byId.values()]
    .sort((one, other) => (one.id < other.id ? 1 : -1))
    .slice(0, limits.arrivalsPerEndpointMax);
}
