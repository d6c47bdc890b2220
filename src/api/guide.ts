/**
 * The guide at `/guide`: docs/ as pages, made when the dashboard was built and served as it is, to anybody. They are text under the
 * dashboard's policy, and need no script.
 */
import type { ApiServer } from "./context.ts";
import { type DashboardFiles, pageHeaders, sendPage } from "./dashboard.ts";
import { Problem } from "./problem.ts";

const firstPage = "guide/index.html";

/** To be called in a scope whose routes need no token. */
export function guidePages(server: ApiServer, files: DashboardFiles): void {
  const schema = { hide: true };
  server.route({
    method: "GET",
    url: "/guide",
    schema,
    handler: async (request, reply) =>
      sendPage(reply.headers(pageHeaders), request, { files, name: firstPage }),
  });
  server.route<{ Params: { readonly name: string } }>({
    method: "GET",
    url: "/guide/:name",
    schema,
    handler: async (request, reply) => {
      const { name } = request.params;
      const file = `guide/${name.includes(".") ? name : `${name}.html`}`;
      const isThere = (await files.find(file)) !== undefined;
      if (!isThere && (await files.find(firstPage)) !== undefined) {
        throw Problem.notFound("a page of the guide", name);
      }
      return sendPage(reply.headers(pageHeaders), request, { files, name: file });
    },
  });
}
