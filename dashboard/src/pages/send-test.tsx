import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { catalogue, type EndpointAddress } from "../api/resources.ts";
import type { MessageOut } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { Nothing, ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";

/** Sends an endpoint an example of an event type, made of its schema. */
export function SendTest({ application, endpoint }: EndpointAddress) {
  const id = useId();
  const api = useApi();
  const queries = useQueryClient();
  const { data } = useQuery(catalogue(api));
  const {
    mutate,
    isPending,
    data: sent,
    error,
  } = useMutation({
    mutationFn: (eventType: string) =>
      api.post<MessageOut>(path`/api/v1/app/${application}/endpoint/${endpoint}/send-example`, {
        eventType,
      }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const withSchema = data?.data.filter(({ schemas }) => schemas !== null) ?? [];
  return (
    <Panel title="Send a test">
      {data !== undefined && withSchema.length === 0 ? (
        <Nothing title="Nothing to make an example of">No event type has a schema.</Nothing>
      ) : (
        <form
          className="filter"
          onSubmit={(event) => {
            event.preventDefault();
            mutate(formText(event.currentTarget, "eventType"));
          }}
        >
          <div className="field">
            <label htmlFor={id}>Example of</label>
            <select id={id} name="eventType" required>
              {withSchema.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </div>
          <button type="submit" className="primary" disabled={isPending}>
            Send the test
          </button>
        </form>
      )}
      {error !== null && <ProblemNotice error={error} />}
      {sent !== undefined && (
        <p className="notice" role="status">
          Accepted, and under way:{" "}
          <Link
            to="/applications/$application/messages/$message"
            params={{ application, message: sent.id }}
          >
            see what came of it
          </Link>
        </p>
      )}
    </Panel>
  );
}
