import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { headersOf } from "./destination.ts";
import type { EndpointRow } from "./endpoint-row.ts";

/**
 * What the URL's user information became counts too: the sender refuses to send more.
 *
 * @throws PosthornError `conflict` if the endpoint would have more headers than it can
 */
export function checkHeaderCount(row: Pick<EndpointRow, "headers" | "authorization">): void {
  const most = limits.customHeadersMax;
  if (headersOf(row).length <= most) return;
  throw new PosthornError("conflict", `the endpoint would have more than ${most} headers`);
}
