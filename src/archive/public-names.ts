/** What applications and endpoints are called outside: JobDbs have only their keys. */
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";

export interface PublicNames {
  /** Undefined if nothing is known of it any more. */
  application(key: ApplicationKey): PublicName | undefined;
  /** Undefined if nothing is known of it any more. */
  endpoint(key: EndpointKey): PublicName | undefined;
}

interface PublicName {
  readonly id: string;
  /** Given by the user, if at all. */
  readonly uid: string | undefined;
}
