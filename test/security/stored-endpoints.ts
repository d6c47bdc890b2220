/** Endpoints as a program with other rules may have stored them: nobody has looked at their URLs. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import type { ApplicationKey, EndpointKey } from "../../src/core/ids.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import { controlPathOf, ldbPathOf } from "../../src/main/data-layout.ts";
import { keyRingOf } from "../../src/main/key-ring-of.ts";

export interface StoredEndpoint {
  readonly key: EndpointKey;
  readonly id: string;
  readonly url: string;
}

export interface StoredEndpoints {
  /** Of the application `stored`: they ask for everything. */
  readonly eager: readonly StoredEndpoint[];
  /** Of the same: they ask for `late` alone. */
  readonly late: readonly StoredEndpoint[];
  /** Told of endpoints that are deleted. */
  readonly operational: readonly StoredEndpoint[];
}

const organization = "org_default";

/** @param everyNth of the URLs are those of late and operational endpoints too */
export async function storeEndpoints(
  data: string,
  urls: readonly string[],
  everyNth: number,
): Promise<StoredEndpoints> {
  mkdirSync(data, { recursive: true });
  const files = { controlPath: controlPathOf({ data }), ldbPath: ldbPathOf({ data }) };
  const keyRing = keyRingOf({ data, encryptionKeys: undefined });
  const sources = { nowMs: Date.now, randomBytes, keyRing };
  const writer = new SqliteControlWriter(files, sources, () => undefined);
  const some = urls.filter((_, at) => at % everyNth === 0);
  const { application } = await writer.createApplication(organization, applicationOf(), false);
  const operational = await writer.putOperationalApplication(organization);
  const store = async (
    key: ApplicationKey,
    its: readonly string[],
    eventTypes: readonly string[] | undefined,
  ): Promise<StoredEndpoint[]> => {
    const stored: StoredEndpoint[] = [];
    for (const url of its) {
      const endpoint = await writer.createEndpoint(key, endpointOf(url, eventTypes));
      stored.push({ key: endpoint.key, id: endpoint.id, url });
    }
    return stored;
  };
  const eager = await store(application.key, urls, undefined);
  const late = await store(application.key, some, ["late"]);
  const told = await store(operational.key, some, ["endpoint.deleted"]);
  writer.close();
  return { eager, late, operational: told };
}

function applicationOf() {
  return {
    uid: "stored",
    name: "stored",
    throttleRate: undefined,
    retentionDays: undefined,
    metadata: {},
  };
}

function endpointOf(url: string, eventTypes: readonly string[] | undefined) {
  return {
    uid: undefined,
    url,
    description: "",
    disabled: false,
    eventTypes,
    channels: undefined,
    throttleRate: undefined,
    ordered: false,
    metadata: {},
    secret: undefined,
    headers: {},
    basicAuth: undefined,
    tls: undefined,
  };
}
