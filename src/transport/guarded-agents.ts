/** For clients that speak HTTP by Node's own modules: their connections are made, and checked, as those to endpoints are. */
import { Agent as HttpAgent, type ClientRequestArgs } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import { Connector, type ConnectorOptions } from "./connector.ts";

export interface GuardedAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

type OnConnection = (error: Error | null, stream: Duplex) => void;

export function createGuardedAgents(options: ConnectorOptions): GuardedAgents {
  const connectBy = (protocol: "http:" | "https:") => {
    const connectors = new Map<string, Connector>();
    return ({ host, port }: ClientRequestArgs, callback?: OnConnection): undefined => {
      const hostname = (host ?? "").replace(/^\[|\]$/g, "");
      const origin = `${hostname} ${port ?? ""}`;
      const connector = connectors.get(origin) ?? new Connector(options);
      connectors.set(origin, connector); // as many as the client has hosts: one or two
      const target = { hostname, protocol, port: String(port ?? "") };
      connector.connect(target, (error, socket) => {
        // Of the two one is there; Node's types know nothing of a connection that fails.
        // What the network said is told as itself: clients know by it what to try again, and operators what is wrong.
        callback?.(
          error?.cause instanceof Error ? error.cause : error,
          socket as unknown as Duplex,
        );
      });
    };
  };
  const http = new HttpAgent({ keepAlive: true });
  http.createConnection = connectBy("http:");
  const https = new HttpsAgent({ keepAlive: true });
  https.createConnection = connectBy("https:");
  return { http, https };
}
