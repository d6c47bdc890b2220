/** Of a stream of server-sent events whose data is JSON. */
export interface ServerEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads server-sent events (WHATWG HTML, section 9.2.6) as far as our API writes them: lines end with LF, comments have no fields. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, void> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const event = fieldOf(part, "event") ?? "message";
      const data = fieldOf(part, "data");
      if (data !== undefined) yield { event, data: JSON.parse(data) as ServerEvent["data"] }; // its schema
    }
  }
}

function fieldOf(part: string, name: string): string | undefined {
  const start = `${name}: `;
  const line = part.split("\n").find((each) => each.startsWith(start));
  return line?.slice(start.length);
}
