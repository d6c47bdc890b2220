import type { DatabaseSync } from "node:sqlite";
import { BoundedCache } from "../core/bounded-cache.ts";
import { assert } from "../core/errors.ts";
import type { EndpointId, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";

interface Known {
  readonly id: EndpointId;
}

/** What a key, an id and its object take, about. */
const bytesEach = 128;

/** The ids of endpoints that have been there, which never change; a page of attempts asks for one with each of them. */
export function prepareEndpointIds(database: DatabaseSync): (endpoint: EndpointKey) => EndpointId {
  const statement = database.prepare("SELECT id FROM endpoint WHERE key = ?");
  const cache = new BoundedCache<EndpointKey, Known>(limits.endpointIdsBytesMax);
  return (endpoint) => {
    const known = cache.get(endpoint);
    if (known !== undefined) return known.id;
    const row = statement.get(endpoint) as Known | undefined; // the column holds nothing else
    assert(row !== undefined, `endpoint ${endpoint} has been there`);
    cache.put(endpoint, row, bytesEach);
    return row.id;
  };
}
