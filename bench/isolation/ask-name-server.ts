/**
 * Loaded into the server before its own modules: every resolver asks the name server that this module's URL names. The
 * program has no setting for that, and the system's name servers are not the bench's to change.
 */
import { Resolver } from "node:dns/promises";

const server = new URL(import.meta.url).searchParams.get("server");
if (server === null) throw new Error("which name server?");
const ask = Object.getOwnPropertyDescriptor(Resolver.prototype, "resolve4")?.value;
if (typeof ask !== "function") throw new Error("resolvers are made otherwise than expected");

/** The first question that the program puts to each of its resolvers. */
Resolver.prototype.resolve4 = function resolve4(this: Resolver, ...question: unknown[]) {
  this.setServers([server]);
  return Reflect.apply(ask, this, question);
};
