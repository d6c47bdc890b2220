/** A server before the one that speaks S3's protocol, which checks no signatures: it notes of each request what is wrong with its own. */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as requestOnward,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { faultOf } from "./aws-signature.ts";

export interface SigningWitness {
  /** `http://host:port` */
  readonly endpoint: string;
  /** Methods, and what was wrong (undefined: nothing). */
  readonly seen: readonly (readonly [method: string, fault: string | undefined])[];
  stop(): void;
}

export async function startSigningWitness(
  onward: string,
  secretKey: string,
): Promise<SigningWitness> {
  const seen: (readonly [string, string | undefined])[] = [];
  const lead = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method = "", url: target = "" } = request;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    seen.push([method, faultOf({ method, target, headers, body }, secretKey)]);
    const asked = requestOnward(onward + target, { method, headers });
    asked.end(body);
    const [answer] = await once(asked, "response");
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  };
  const server = createServer((request, response) => {
    void lead(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
