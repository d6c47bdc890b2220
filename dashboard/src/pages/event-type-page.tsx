import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { eventType as eventTypeQuery } from "../api/resources.ts";
import type { EventTypeOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { Loading, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Panel } from "../components/panel.tsx";
import { type EventTypeFields, EventTypeForm } from "./event-type-form.tsx";

const route = getRouteApi("/inside/event-types/$name");

/** Changes an event type, and puts it away. */
export function EventTypePage() {
  const { name } = route.useParams();
  const api = useApi();
  const { data, error } = useQuery(eventTypeQuery(api, name));
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return <Loading />;
  const url = path`/api/v1/event-type/${name}`;
  return (
    <>
      <PageHead
        title={name}
        trail={<Link to="/event-types">Event types</Link>}
        actions={
          data.archived ? (
            <ActionButton
              label="Take it back"
              act={() => api.patch(url, { archived: false })}
              done="taken back"
            />
          ) : (
            <ActionButton
              label="Archive"
              isDangerous
              question="It is not shown to your customers any more. Endpoints that have chosen it go on getting its messages. It can be taken back."
              act={() => api.patch(url, { archived: true })}
              done="archived"
            />
          )
        }
      >
        {data.archived && "It is archived."}
      </PageHead>
      <Panel title="What it is">
        <Change eventType={data} />
      </Panel>
    </>
  );
}

function Change({ eventType }: { readonly eventType: EventTypeOut }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ description, deprecated, schemas }: EventTypeFields) =>
      api.patch(path`/api/v1/event-type/${eventType.name}`, { description, deprecated, schemas }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate({ to: "/event-types" });
    },
  });
  return (
    <EventTypeForm
      eventType={eventType}
      submitLabel="Save"
      isPending={isPending}
      error={error}
      onSubmit={mutate}
    />
  );
}
