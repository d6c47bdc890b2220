import type { ControlWriter } from "../control/facade.ts";
import type { LdbReader } from "../control/ldb-reader.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { Logger } from "./logger.ts";

interface Disabled {
  readonly endpoint: EndpointKey;
  /** What it has done. */
  readonly why: string;
  /** Undefined: since now. Unix milliseconds. */
  readonly failSinceMs?: number;
}

/** Begins it; that it can't be done is logged. */
export function disableEndpoint(
  { endpoint: key, why, failSinceMs }: Disabled,
  control: ControlWriter,
  { reader, logger }: { readonly reader: LdbReader; readonly logger: Logger },
): void {
  const endpoint = reader.endpointIdOf(key);
  logger.warn({ endpoint }, `the endpoint ${why} and is disabled`);
  control.disableEndpoint(key, failSinceMs).catch((err: unknown) => {
    // Its queue is held until this process ends; in the next one it fails in the same way, and that comes back here.
    logger.error({ err, endpoint }, "could not disable the endpoint");
  });
}
