/**
 * What is known of each inbound connection: the requests on it, and how many connections its client has.
 *
 * Several requests may be sent without waiting for answers (pipelining, RFC 9112 section 9.3.2), and answers come in that
 * order. So what can't be read is told only after all whole requests before it have got their own answers: told at once, it
 * would be taken for the answer to the first of them, which is carried out all the same.
 *
 *     open ──can't be read, or too slow──▶ ending: answers to whole requests ──▶ the problem ──▶ closed
 *
 * A request that began before what can't be read in its own body is not whole, and the problem is its answer.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { limits } from "../core/limits.ts";
import { Problem } from "./problem.ts";
import { boundHeldAnswers } from "./held-answers.ts";
import { endUnreadAnswers } from "./unread-answers.ts";
import { rawAnswerOf, unreadableProblemOf } from "./unreadable.ts";

export interface ConnectionRules {
  /** Whose a connection from this address is; undefined: of many, as it is from a proxy that is trusted. */
  readonly clientOf: (address: string) => string | undefined;
  /** Connections that one client may have. */
  readonly perClientMax: number;
  /** How long a client may take to read its answers, beside what their size allows. */
  readonly answerGraceMs: number;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  /** Requests that were read and not answered. */
  underWay: number;
  newest: Exchange | undefined;
  beforeNewest: Exchange | undefined;
  ending: boolean;
}

export class Connections {
  readonly #rules: ConnectionRules;
  readonly #connections = new WeakMap<Socket, Connection>();
  /** Connections by client. */
  readonly #counts = new Map<string, number>();

  constructor(rules: ConnectionRules) {
    this.#rules = rules;
  }

  watch(server: FastifyInstance): void {
    this.#watchConnections(server.server);
    endUnreadAnswers(server.server, this.#rules.answerGraceMs);
    boundHeldAnswers(server);
    server.addHook("onRequest", ({ raw }, _reply, done) => {
      const connection = this.#connections.get(raw.socket);
      if (connection !== undefined) connection.underWay += 1;
      if ((connection?.underWay ?? 0) <= limits.pipelinedRequestsMax) return done();
      done(
        new Problem(
          "too_many_requests",
          `Expected at most ${limits.pipelinedRequestsMax} requests on one connection without waiting for answers, got more. Wait for them.`,
          { retryAfterSeconds: 1 },
        ),
      );
    });
    server.addHook("onResponse", ({ raw }, _reply, done) => {
      const connection = this.#connections.get(raw.socket);
      if (connection !== undefined) connection.underWay -= 1;
      done();
    });
  }

  #watchConnections(server: Server): void {
    server.on("connection", (socket: Socket) => {
      if (!this.#countIn(socket)) return;
      this.#connections.set(socket, {
        underWay: 0,
        newest: undefined,
        beforeNewest: undefined,
        ending: false,
      });
    });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const connection = this.#connections.get(request.socket);
      if (connection === undefined) return;
      connection.beforeNewest = connection.newest;
      connection.newest = { request, response };
    });
  }

  /** For Node's `clientError`. The connection is of no more use. */
  readonly answerUnreadable = (error: Error & { readonly code?: string }, socket: Socket): void => {
    const connection = this.#connections.get(socket);
    if (connection?.ending === true) return;
    if (connection === undefined || !socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    connection.ending = true;
    const { newest, beforeNewest } = connection;
    const unreadable = newest?.request.complete === false ? newest : undefined;
    const last = unreadable === undefined ? newest : beforeNewest;
    const end = (): void => {
      // It was answered before it came to its end: there is nothing more to say.
      if (unreadable?.response.headersSent === true) socket.destroySoon();
      else socket.end(rawAnswerOf(unreadableProblemOf(error.code)), () => socket.destroySoon());
    };
    if (last === undefined || last.response.closed) end();
    else last.response.once("close", end);
  };

  /** Whether the connection may stay. One that may not is told so, and closed. */
  #countIn(socket: Socket): boolean {
    const { clientOf, perClientMax } = this.#rules;
    const client = clientOf(socket.remoteAddress ?? "");
    if (client === undefined) return true;
    const count = this.#counts.get(client) ?? 0;
    if (count >= perClientMax) {
      const problem = new Problem(
        "too_many_requests",
        `Expected at most ${perClientMax} connections of one address, got more. Keep connections and use them again.`,
        { retryAfterSeconds: 1 },
      );
      socket.on("error", () => {}); // whoever hangs up first
      socket.end(rawAnswerOf(problem));
      socket.destroySoon();
      return false;
    }
    this.#counts.set(client, count + 1);
    socket.once("close", () => {
      const left = (this.#counts.get(client) ?? 0) - 1;
      if (left > 0) this.#counts.set(client, left);
      else this.#counts.delete(client);
    });
    return true;
  }
}
