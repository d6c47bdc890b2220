import { splitEvents } from "../../../src/core/sent-events.ts";

/** The data of server-sent events, as they come. `EventSource` could not send the session's header. */
export async function* eventsIn(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const { data, rest } = splitEvents(text + value);
    text = rest;
    yield* data;
  }
}
