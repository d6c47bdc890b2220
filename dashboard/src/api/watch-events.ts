import type { ApiClient } from "./client.ts";
import { eventsIn } from "./event-stream.ts";

/** The server ends a stream now and then, to see that the session is still good. */
const reopenMs = 500;
const retryMs = 3_000;

export interface Watching {
  /** @param data JSON */
  readonly onEvent: (data: string) => void;
  /** Why nothing is told for a while. */
  readonly onError: (error: Error) => void;
}

/** Follows a stream of the API, opened anew whenever it ends, until the signal comes. */
export async function watchEvents(
  api: ApiClient,
  path: string,
  signal: AbortSignal,
  { onEvent, onError }: Watching,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const data of eventsIn(await api.open(path, signal))) onEvent(data);
      await passed(reopenMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      onError(error instanceof Error ? error : new Error(String(error)));
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
