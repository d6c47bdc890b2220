import { randomBytes } from "node:crypto";
import type { LdbReader } from "../control/ldb-reader.ts";
import type { InspectedRequest } from "../core/arrival.ts";
import { assert } from "../core/errors.ts";
import { arrivalIdOf } from "../core/ids.ts";
import { Inspector } from "../director/inspector.ts";
import { signatureOf, signingKeyOf } from "../transport/signer.ts";
import type { Composition } from "./composition.ts";
import { SystemClock } from "./system-clock.ts";
import { SystemRandom } from "./system-random.ts";
import { TemporaryEndpoints, type TemporaryEndpointsOptions } from "./temporary-endpoints.ts";

const idBytes = 14;

export function openInspector(reader: Pick<LdbReader, "find" | "organizationOf">): Inspector {
  return new Inspector({
    clock: new SystemClock(),
    random: new SystemRandom(),
    newId: (atMs) => arrivalIdOf(atMs, randomBytes(idBytes)),
    organizationOf: (application) => {
      const organization = reader.organizationOf(application);
      assert(organization !== undefined, `application ${application} has been there`);
      return organization;
    },
    verifies: (request) => verifies(reader, request),
  });
}

/** Ends what nobody listens to. */
export function startTemporaryEndpoints(
  { logger, closings }: Composition,
  parts: Pick<TemporaryEndpointsOptions, "reader" | "inspector" | "control">,
): void {
  const temporary = new TemporaryEndpoints({
    ...parts,
    clock: new SystemClock(),
    onDeleted: (endpoint) => logger.info({ endpoint }, "nobody listens: the endpoint is deleted"),
    onFailure: (err) => logger.warn({ err }, "could not delete endpoints that nobody listens to"),
  });
  closings.push(() => temporary.stop());
  temporary.start();
}

/** As a receiver that knows the endpoint's secrets of now, and nothing of how it was signed. */
function verifies(reader: Pick<LdbReader, "find">, request: InspectedRequest): boolean {
  const { endpoint, headers, body: payload } = request;
  const secrets = reader.find(endpoint)?.secrets ?? [];
  const value = (name: string) => headers.find((header) => header.name === name)?.value ?? "";
  const timestamp = Number(value("webhook-timestamp"));
  const given = new Set(value("webhook-signature").split(" "));
  const signable = { id: value("webhook-id"), timestamp, payload };
  return secrets.some((secret) =>
    given.has(signatureOf([signingKeyOf(secret)], signable, timestamp * 1000)),
  );
}
