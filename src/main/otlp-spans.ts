import type { AttemptSpan } from "../director/ports.ts";
import { version } from "./version.ts";

/** OpenTelemetry's numbers for a span of a client, and for one that failed. */
const clientKind = 3;
const errorStatus = 2;

/** Spans as a request of OTLP/HTTP in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export function otlpRequestOf(spans: readonly AttemptSpan[]): object {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributesOf({ "service.name": "posthorn", "service.version": version }),
        },
        scopeSpans: [{ scope: { name: "posthorn", version }, spans: spans.map(otlpSpanOf) }],
      },
    ],
  };
}

function otlpSpanOf({ parent, spanId, ...span }: AttemptSpan): object {
  const { outcome } = span;
  const isDelivered =
    outcome.kind === "answered" && outcome.statusCode >= 200 && outcome.statusCode < 300;
  return {
    traceId: parent.traceId,
    spanId,
    parentSpanId: parent.spanId,
    name: "deliver webhook",
    kind: clientKind,
    startTimeUnixNano: nanosecondsOf(span.startedAtMs),
    endTimeUnixNano: nanosecondsOf(span.startedAtMs + outcome.durationMs),
    attributes: attributesOf({
      "messaging.message.id": span.messageId,
      "posthorn.endpoint.id": span.endpoint,
      "posthorn.attempt": span.attempt,
      "http.request.method": "POST",
      ...(outcome.kind === "answered"
        ? { "http.response.status_code": outcome.statusCode }
        : { "error.type": outcome.reason }),
    }),
    status: isDelivered ? {} : { code: errorStatus },
  };
}

function nanosecondsOf(ms: number): string {
  return `${BigInt(ms) * 1_000_000n}`;
}

/** Whole numbers go as texts, as JSON's can't hold 64 bits. */
function attributesOf(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
  }));
}
