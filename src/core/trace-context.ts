/** Where a producer's request stands in its trace: W3C Trace Context, version 00 (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/**
 * Of a `traceparent` header whose trace is recorded (its flag `sampled`); undefined of any other, and of one that is not valid: the
 * specification has it ignored.
 */
export function parseTraceparent(header: string): TraceContext | undefined {
  const [, version, traceId, spanId, flags] = form.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "ff" || (version === "00" && header.length > "00--".length + 51))
    return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1;
  return isSampled ? { traceId, spanId } : undefined;
}

/** As a header. */
export function traceparentOf({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}
