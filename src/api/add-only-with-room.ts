import type { ApiContext, ApiServer } from "./context.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of a POST or PUT that goes on while the disk is full. */
    readonly addsNothing?: true;
  }
}

/**
 * From here on, in this scope, requests that add something (POST and PUT) get 503 while the disk is full. Those that
 * change or take away go on, as somebody may have to stop an endpoint just then. To be called before `answerOnce`: a
 * repeated request adds nothing.
 */
export function addOnlyWithRoom(server: ApiServer, { disk }: Pick<ApiContext, "disk">): void {
  server.addHook("onRoute", (route) => {
    const adds = route.method === "POST" || route.method === "PUT";
    if (!adds || route.config?.endsToken === true || route.config?.addsNothing === true) return;
    const { handler } = route;
    route.handler = function handleWithRoom(request, reply) {
      disk.assertRoom();
      return handler.call(this, request, reply);
    };
  });
}
