import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import type { Span } from "../director/facade.ts";
import type { Manifest } from "./manifest.ts";

/** What is looked for; undefined: whatever it is. */
export interface ArchiveFilter extends Span {
  readonly application: ApplicationKey | undefined;
  readonly endpoint: EndpointKey | undefined;
  readonly eventTypes: readonly string[] | undefined;
  /** Only deliveries that failed for good. */
  readonly failed: boolean;
}

/** Whether an archive may hold a delivery that is looked for. False is certain, true is not: its rows decide. */
export function mayHold(manifest: Manifest, filter: ArchiveFilter): boolean {
  const { applications, endpoints, eventTypes } = manifest;
  return (
    overlaps(manifest, filter) &&
    (!filter.failed || manifest.undelivered > 0) &&
    has(applications, filter.application === undefined ? undefined : [filter.application]) &&
    has(endpoints, filter.endpoint === undefined ? undefined : [filter.endpoint]) &&
    has(eventTypes, filter.eventTypes)
  );
}

function overlaps({ fromMs, toMs }: Manifest, { sinceMs, untilMs }: Span): boolean {
  if (fromMs === null || toMs === null) return false;
  return toMs >= (sinceMs ?? -Infinity) && fromMs < (untilMs ?? Infinity);
}

/** Whether one of those asked for is listed. */
function has<Member>(
  listed: readonly Member[] | null,
  asked: readonly Member[] | undefined,
): boolean {
  return listed === null || asked === undefined || asked.some((each) => listed.includes(each));
}
