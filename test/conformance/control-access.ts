/** What every pair of `ControlWriter` and `ControlReader` does about keys and revoked tokens. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import type { ControlReader, ControlWriter } from "../../src/control/facade.ts";
import { limits } from "../../src/core/limits.ts";
import { newApplication } from "./new-control-rows.ts";

interface AccessUnderTest {
  readonly writer: ControlWriter;
  readonly reader: ControlReader;
}

const page = { limit: 50, edge: undefined, order: "ascending" } as const;

/** @param open opens an empty control store and closes it after the test */
export function accessConformance(open: (t: TestContext) => Promise<AccessUnderTest>): void {
  it("finds an API key by its text and by nothing else, and says what it is for", async (t) => {
    const { writer, reader } = await open(t);
    const { application } = await writer.createApplication("org", newApplication(), false);
    const input = { name: "CI", application: application.key, expiresAtMs: 1_900_000_000_000 };
    const { apiKey, secret } = await writer.createApiKey("org", input);
    assert.match(apiKey.id, /^key_[0-9A-Za-z]{27}$/);
    assert.match(secret, /^pk_[0-9A-Za-z]{45}$/);
    const { id, createdAtMs } = apiKey;
    const expected = {
      ...input,
      id,
      organization: "org",
      application: application.id,
      createdAtMs,
    };
    assert.deepEqual(apiKey, expected);
    assert.deepEqual(reader.apiKey(secret), expected);
    assert.equal(reader.apiKey(secret.toUpperCase()), undefined);
    assert.equal(reader.apiKey(id), undefined);
    const whole = { name: "", application: undefined, expiresAtMs: undefined };
    const other = await writer.createApiKey("org", whole);
    assert.notEqual(other.secret, secret);
    assert.deepEqual(reader.apiKey(other.secret), other.apiKey);
    assert.equal(other.apiKey.application, undefined);
    assert.equal(other.apiKey.expiresAtMs, undefined);
  });

  it("lists an organisation's API keys and deletes none of another's", async (t) => {
    const { writer, reader } = await open(t);
    const input = { name: "CI", application: undefined, expiresAtMs: undefined };
    const { apiKey, secret } = await writer.createApiKey("org", input);
    assert.deepEqual(reader.apiKeys("org", page), [apiKey]);
    assert.deepEqual(reader.apiKeys("org", { ...page, edge: apiKey.id }), []);
    assert.deepEqual(reader.apiKeys("other", page), []);
    assert.equal(await writer.deleteApiKey("other", apiKey.id), false);
    const before = reader.accessVersion();
    assert.deepEqual(reader.apiKey(secret), apiKey);
    assert.equal(await writer.deleteApiKey("org", apiKey.id), true);
    assert.notEqual(reader.accessVersion(), before);
    assert.equal(reader.apiKey(secret), undefined);
    assert.deepEqual(reader.apiKeys("org", page), []);
    assert.equal(await writer.deleteApiKey("org", apiKey.id), false);
  });

  it("knows a revoked token at once, and says that access has changed", async (t) => {
    const { writer, reader } = await open(t);
    const before = reader.accessVersion();
    assert.equal(reader.isTokenRevoked("a.b"), false);
    assert.equal(reader.accessVersion(), before);
    await writer.revokeToken("a.b", undefined);
    await writer.revokeToken("a.b", undefined);
    assert.equal(reader.isTokenRevoked("a.b"), true);
    assert.equal(reader.isTokenRevoked("a.c"), false);
    assert.notEqual(reader.accessVersion(), before);
  });

  it("forgets revoked tokens that have expired by themselves, some with each that comes", async (t) => {
    const { writer, reader } = await open(t);
    const expired = limits.revokedTokensErasedPerLogout + 1;
    for (let at = 1; at <= expired; at += 1) await writer.revokeToken(`expires.${at}`, at);
    await writer.revokeToken("stays", undefined);
    assert.equal(reader.isTokenRevoked(`expires.${expired}`), false);
    assert.equal(reader.isTokenRevoked("stays"), true);
  });
}
