import { Svix } from "svix";
import type { LoadTask } from "./load-process.ts";

export type Target = Pick<LoadTask, "requests" | "headers" | "expectedStatus">;

const endpointsPerApplication = 4;

/** An endpoint for each URL, and an event type for each endpoint of an application: a message has one recipient. */
export async function subscribeAll(
  address: string,
  token: string,
  urls: readonly string[],
): Promise<Target> {
  const svix = new Svix(token, { serverUrl: address });
  const eventTypes = Array.from(
    { length: endpointsPerApplication },
    (_, index) => `bench.event-${index + 1}`,
  );
  for (const name of eventTypes) await svix.eventType.create({ name, description: name });
  const requests: LoadTask["requests"][number][] = [];
  for (const [index, url] of urls.entries()) {
    const uid = `bench-${Math.floor(index / endpointsPerApplication) + 1}`;
    const eventType = eventTypes[index % endpointsPerApplication] ?? "";
    if (index % endpointsPerApplication === 0) await svix.application.create({ name: uid, uid });
    await svix.endpoint.create(uid, { url, eventTypes: [eventType] });
    requests.push({
      origin: address,
      path: `/api/v1/app/${uid}/msg?with_content=false`,
      bodyStart: `{"eventType":"${eventType}","payload":`,
      bodyEnd: "}",
    });
  }
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return { requests, headers, expectedStatus: 202 };
}
