import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { endpoint as endpointQuery } from "../api/resources.ts";
import type { EndpointOut, EndpointPatch } from "../api/shapes.ts";
import { Loading, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { visible } from "../components/text.ts";
import { type EndpointFields, EndpointForm } from "./endpoint-form.tsx";
import { EndpointHeaders } from "./endpoint-headers.tsx";

const route = getRouteApi("/inside/applications/$application/endpoints/$endpoint/change");

/** Changes what an endpoint was added with, and what is sent to it besides. */
export function EndpointChangePage() {
  const address = route.useParams();
  const { data: endpoint, error } = useQuery(endpointQuery(useApi(), address));
  if (error !== null) return <ProblemNotice error={error} />;
  if (endpoint === undefined) return <Loading />;
  return (
    <>
      <PageHead
        title="Change the endpoint"
        trail={
          <Link to="/applications/$application/endpoints/$endpoint" params={address}>
            <bdi>{visible(endpoint.url)}</bdi>
          </Link>
        }
      >
        Holds for what is sent from now on, also for what waits and for retries.
      </PageHead>
      <Change endpoint={endpoint} />
      <EndpointHeaders {...address} />
    </>
  );
}

function Change({ endpoint }: { readonly endpoint: EndpointOut }) {
  const address = route.useParams();
  const api = useApi();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (changes: EndpointPatch) =>
      api.patch<EndpointOut>(
        path`/api/v1/app/${address.application}/endpoint/${address.endpoint}`,
        changes,
      ),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate({ to: "/applications/$application/endpoints/$endpoint", params: address });
    },
  });
  return (
    <EndpointForm
      endpoint={endpoint}
      submitLabel="Save"
      isPending={isPending}
      error={error}
      onSubmit={(fields) => mutate(changesOf(endpoint, fields))}
    />
  );
}

/** Only what differs: what somebody else has changed meanwhile stays. */
function changesOf(before: EndpointFields, after: EndpointFields): EndpointPatch {
  const isChanged = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(before[name as keyof EndpointFields]);
  return Object.fromEntries(Object.entries(after).filter(isChanged));
}
