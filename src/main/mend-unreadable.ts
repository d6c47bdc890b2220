import type { ControlWriter } from "../control/facade.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { Logger } from "./logger.ts";
import type { DirectorsOptions } from "./running-director.ts";

/**
 * What the disk has altered in the LDB is written again from the control store, once in the life of the process: if it can't be
 * opened after that either, writing it again helps nothing.
 */
export function mendUnreadable(
  control: Pick<ControlWriter, "rewriteEndpoint">,
  logger: Logger,
): DirectorsOptions["onUnreadable"] {
  const mended = new Set<EndpointKey>();
  return ({ endpoint: key, id: endpoint, why: reason }) => {
    logger.error({ endpoint, reason }, "a secret of the endpoint can't be opened: nothing is sent");
    if (mended.has(key)) return;
    mended.add(key);
    control.rewriteEndpoint(key).then(
      () => logger.info({ endpoint }, "the endpoint was written again from the control store"),
      (err: unknown) => logger.error({ err, endpoint }, "could not write the endpoint again"),
    );
  };
}
