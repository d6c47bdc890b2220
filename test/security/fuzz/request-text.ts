export interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  /** More lines of the head, each with its line end. */
  readonly headers?: string;
}

/** The bytes of a request with a token that may do everything. */
export function textOfRequest(
  { host, token }: { readonly host: string; readonly token: string },
  { method, path, contentType = "application/json", body, headers = "" }: RequestParts,
): Buffer {
  const bytes = Buffer.from(body ?? "");
  const framing =
    body === undefined ? "" : `content-type: ${contentType}\r\ncontent-length: ${bytes.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n${framing}${headers}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}
