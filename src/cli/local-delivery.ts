/** Requests to a server on the developer's own machine: with the headers and bytes that an endpoint would get. */
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { limits } from "../core/limits.ts";

export interface LocalRequest {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

export interface LocalAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** As much as an endpoint's answer is read of. */
  readonly body: string;
}

/** What stands for the local server if that can't be asked (RFC 9110, section 15.6.3). */
const noAnswerStatus = 502;

/** Never fails: what keeps it from an answer is one. */
export function deliverLocally(
  target: URL,
  { headers, body }: LocalRequest,
  signal: AbortSignal,
): Promise<LocalAnswer> {
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const fail = (error: Error & { readonly code?: string }): void => {
      const text = `posthorn listen: no answer from ${target.origin} (${error.code ?? error.message})`;
      resolve({ status: noAnswerStatus, retryAfter: undefined, body: text });
    };
    const timeout = AbortSignal.timeout(limits.attemptTimeoutMsMax);
    const sent = request(
      target,
      {
        method: "POST",
        headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
        signal: AbortSignal.any([signal, timeout]),
      },
      (answer) => {
        readPrefix(answer).then(
          (text) =>
            resolve({
              status: answer.statusCode ?? noAnswerStatus,
              retryAfter: answer.headers["retry-after"],
              body: text,
            }),
          fail,
        );
      },
    );
    sent.once("error", fail);
    sent.end(body);
  });
}

async function readPrefix(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= limits.answerBytesStored) break; // which destroys what is left
  }
  return Buffer.concat(chunks).subarray(0, limits.answerBytesStored).toString();
}
