const headEnd = "\r\n\r\n";

/**
 * Finds every complete HTTP request with a Content-Length in what a connection has received, and returns how many bytes
 * they took. Throws for a request without that header.
 */
export function cutRequests(
  bytes: Buffer,
  take: (requestStart: number, bodyStart: number) => void,
): number {
  let start = 0;
  for (;;) {
    const headLength = bytes.indexOf(headEnd, start, "latin1");
    if (headLength === -1) return start;
    const bodyStart = headLength + headEnd.length;
    const bodyEnd = bodyStart + contentLengthOf(bytes.toString("latin1", start, headLength));
    if (bodyEnd > bytes.length) return start;
    take(start, bodyStart);
    start = bodyEnd;
  }
}

function contentLengthOf(head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`a request without Content-Length:\n${head}`);
  return Number(length);
}
