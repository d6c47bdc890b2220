import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useId } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { catalogue } from "../api/resources.ts";
import type { EndpointIn, EndpointOut } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Panel } from "../components/panel.tsx";
import { visible } from "../components/text.ts";

const route = getRouteApi("/inside/applications/$application/new-endpoint");

/** Adds an endpoint: where to, and what of. */
export function NewEndpointPage() {
  const { application } = route.useParams();
  const id = useId();
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
        A URL of yours that is told what happens, by POST requests.
      </PageHead>
      <form
        className="new-endpoint"
        onSubmit={(event) => {
          event.preventDefault();
          mutate(endpointOf(event.currentTarget));
        }}
      >
        <Panel title="Where to">
          <div className="field">
            <label htmlFor={`${id}-url`}>URL</label>
            <input
              id={`${id}-url`}
              name="url"
              type="url"
              required
              placeholder="https://example.com/webhooks"
              autoComplete="off"
              spellCheck={false}
            />
          </div>
          <div className="field">
            <label htmlFor={`${id}-description`}>Description (not needed)</label>
            <input id={`${id}-description`} name="description" autoComplete="off" />
          </div>
        </Panel>
        <Panel title="What of">
          <Catalogue />
        </Panel>
        {error !== null && <ProblemNotice error={error} />}
        <button type="submit" className="primary" disabled={isPending}>
          Add
        </button>
      </form>
    </>
  );
}

/** The event types that there are, to choose from. */
function Catalogue() {
  const { data, error } = useQuery(catalogue(useApi()));
  const id = useId();
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return <Loading />;
  if (data.data.length === 0) {
    return <Nothing title="No event types yet">The endpoint is told of everything.</Nothing>;
  }
  return (
    <fieldset className="catalogue">
      <legend>Choose event types, or none to be told of all, also of those to come.</legend>
      {data.data.map(({ name, description, deprecated }) => (
        <label key={name} htmlFor={`${id}-${name}`}>
          <input type="checkbox" id={`${id}-${name}`} name="eventTypes" value={name} />
          <span>
            <code>{name}</code>
            {deprecated && <span className="chip">deprecated</span>}
            <bdi className="faint">{visible(description)}</bdi>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function endpointOf(form: HTMLFormElement): EndpointIn {
  const chosen = new FormData(form).getAll("eventTypes").map(String);
  return {
    url: formText(form, "url"),
    description: formText(form, "description"),
    ...(chosen.length === 0 ? {} : { eventTypes: chosen }),
  };
}
