/** What the archive asks of S3 is signed as S3 wants it: directly, and by way of an egress proxy. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { S3ArchiveStore } from "../../src/archive/s3-archive-store.ts";
import { createArchiveAgents } from "../../src/main/archive-agents.ts";
import type { EgressProxy } from "../../src/transport/egress-proxy.ts";
import { rulesBy } from "../loopback/guard-by.ts";
import { startProxy } from "../loopback/loopback-proxy.ts";
import { faultOf } from "../archive/aws-signature.ts";
import { startS3Server } from "../archive/s3-server.ts";
import { type SigningWitness, startSigningWitness } from "../archive/signing-witness.ts";

/** AWS's own example of an object that is read. */
const example = {
  method: "GET",
  target: "/test.txt",
  headers: {
    host: "examplebucket.s3.amazonaws.com",
    range: "bytes=0-9",
    "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-amz-date": "20130524T000000Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  body: Buffer.of(),
};
const exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

test("the check agrees with AWS's example, and with nothing else", () => {
  assert.equal(faultOf(example, exampleSecret), undefined);
  const another = "the signature is another";
  assert.equal(faultOf(example, "another secret"), another);
  assert.equal(faultOf({ ...example, method: "PUT" }, exampleSecret), another);
  assert.equal(faultOf({ ...example, target: "/test.txt?a=1" }, exampleSecret), another);
  const headers = { ...example.headers, range: "bytes=0-8" };
  assert.equal(faultOf({ ...example, headers }, exampleSecret), another);
  const body = Buffer.from("a");
  assert.equal(faultOf({ ...example, body }, exampleSecret), "the hash is not the body's");
});

interface Service {
  readonly bucket: string;
  readonly witness: SigningWitness;
}

async function startService(t: TestContext, secretKey: string): Promise<Service> {
  const { endpoint, bucket, stop } = await startS3Server();
  t.after(stop);
  const witness = await startSigningWitness(endpoint, secretKey);
  t.after(() => witness.stop());
  return { bucket, witness };
}

async function useEverything(t: TestContext, service: Service, egressProxy?: EgressProxy) {
  const { bucket, witness } = service;
  const { endpoint } = witness;
  const agents = createArchiveAgents({ rules: rulesBy(), egressProxy }, endpoint);
  const store = new S3ArchiveStore({ bucket, prefix: "a b+c/ü(1)*/", endpoint, agents });
  t.after(() => {
    store.close();
    agents.http.destroy();
  });
  await store.put("blocks/one.gz", Buffer.from("bytes"));
  assert.deepEqual(
    Buffer.from((await store.get("blocks/one.gz"))?.bytes ?? []).toString(),
    "bytes",
  );
  assert.deepEqual(await store.list("blocks/"), ["blocks/one.gz"]);
  await store.delete("blocks/one.gz");
  assert.deepEqual(
    witness.seen.map(([method]) => method),
    ["PUT", "GET", "GET", "DELETE"],
  );
}

for (const way of ["directly", "by an egress proxy"] as const) {
  test(`each kind of request is signed right, ${way}`, async (t) => {
    const service = await startService(t, "test");
    const port = Number(new URL(service.witness.endpoint).port);
    const proxied =
      way === "directly" ? undefined : await startProxy(t, { protocol: "http:", port });
    await useEverything(t, service, proxied?.proxy);
    assert.deepEqual(
      service.witness.seen.map(([, fault]) => fault),
      [undefined, undefined, undefined, undefined],
    );
    if (proxied !== undefined) assert.deepEqual(proxied.asked[0], `127.0.0.1 ${port}`);
  });
}

test("requests that another secret has signed are seen to be wrong", async (t) => {
  const service = await startService(t, "another secret");
  await useEverything(t, service);
  assert.ok(service.witness.seen.every(([, fault]) => fault === "the signature is another"));
});
