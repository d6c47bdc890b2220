/**
 * AWS Signature Version 4 as a service checks it, made from its description and from nothing of the client's:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from "node:crypto";

/** A request as it came. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

const authorizationForm =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/;

/** Undefined: it is what the owner of the secret has signed. Otherwise what is wrong. */
export function faultOf(request: SignedRequest, secretKey: string): string | undefined {
  const { headers, body } = request;
  const [, , day = "", region = "", names = "", signature] =
    authorizationForm.exec(headers["authorization"] ?? "") ?? [];
  if (signature === undefined) return "there is no signature";
  const payloadHash = headers["x-amz-content-sha256"] ?? "";
  if (payloadHash !== sha256(body)) return "the hash is not the body's";
  const instant = headers["x-amz-date"] ?? "";
  if (!instant.startsWith(day)) return "the key is of another day";
  for (const name of ["host", "x-amz-date", "x-amz-content-sha256"]) {
    if (!names.split(";").includes(name)) return `${name} is not signed`;
  }
  const scope = `${day}/${region}/s3/aws4_request`;
  const canonical = canonicalRequestOf(request, names.split(";"), payloadHash);
  const text = ["AWS4-HMAC-SHA256", instant, scope, sha256(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${secretKey}`,
  );
  const expected = createHmac("sha256", key).update(text).digest("hex");
  return signature === expected ? undefined : "the signature is another";
}

function canonicalRequestOf(
  { method, target, headers }: SignedRequest,
  names: readonly string[],
  payloadHash: string,
): string {
  const [path = "", query = ""] = target.split("?");
  const pairs = [...new URLSearchParams(query)].map((pair) => pair.map(encoded).join("="));
  const lines = names.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`);
  return [
    method,
    decodeURIComponent(path).split("/").map(encoded).join("/"),
    pairs.toSorted().join("&"),
    ...lines,
    "",
    names.join(";"),
    payloadHash,
  ].join("\n");
}

/** All but the unreserved characters of RFC 3986. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
