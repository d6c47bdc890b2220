import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import type { EndpointIn, EndpointOut } from "../api/shapes.ts";
import { PageHead } from "../components/page-head.tsx";
import { EndpointForm } from "./endpoint-form.tsx";

const route = getRouteApi("/inside/applications/$application/new-endpoint");

/** Adds an endpoint: where to, and what of. */
export function NewEndpointPage() {
  const { application } = route.useParams();
  const api = useApi();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (input: EndpointIn) =>
      api.post<EndpointOut>(path`/api/v1/app/${application}/endpoint`, input),
    onSuccess: async ({ id: endpoint }) => {
      await queries.invalidateQueries();
      await navigate({
        to: "/applications/$application/endpoints/$endpoint",
        params: { application, endpoint },
      });
    },
  });
  return (
    <>
      <PageHead
        title="Add an endpoint"
        trail={
          <Link to="/applications/$application" params={{ application }}>
            Endpoints
          </Link>
        }
      >
        A URL of yours that is told what happens, by POST requests. To try things out without one,{" "}
        <code>http://inspector.invalid/</code> is answered here, and shows what came.
      </PageHead>
      <EndpointForm
        endpoint={undefined}
        submitLabel="Add"
        isPending={isPending}
        error={error}
        onSubmit={mutate}
      />
    </>
  );
}
